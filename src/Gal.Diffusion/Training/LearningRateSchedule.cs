namespace Gal.Diffusion.Training;

/// <summary>How the learning rate goes over a training.</summary>
public enum LearningRateSchedule
{
    /// <summary>The same at every step; does not read the warm-up.</summary>
    Constant,

    /// <summary>Rises linearly over the warm-up, then stays.</summary>
    ConstantWithWarmup,

    /// <summary>Rises over the warm-up, then falls linearly to 0.</summary>
    Linear,

    /// <summary>Rises over the warm-up, then falls along half a cosine to 0.</summary>
    Cosine,

    /// <summary>Rises over the warm-up, then falls along half a cosine several times.</summary>
    CosineWithRestarts,

    /// <summary>Rises over the warm-up, then falls by a power to 1e-7.</summary>
    Polynomial,
}
