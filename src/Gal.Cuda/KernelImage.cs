namespace Gal.Cuda;

/// <summary>The kernels' PTX, which travels inside this assembly.</summary>
internal static class KernelImage
{
    public static byte[] Read()
    {
        using var resource = typeof(KernelImage).Assembly.GetManifestResourceStream("scoring.ptx")!;
        var image = new byte[resource.Length];
        resource.ReadExactly(image);
        return image;
    }
}
