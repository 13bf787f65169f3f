namespace Gal.Imaging;

/// <summary>How pixels are weighted when a picture is scaled; both are widened when scaling down (antialiased).</summary>
public enum ResampleFilter
{
    /// <summary>Triangle, support 1.</summary>
    Bilinear,

    /// <summary>Cubic with a = -0.5, support 2.</summary>
    Bicubic,
}
