namespace Gal.Diffusion.Schedulers;

/// <summary>How the noise is taken out, step by step.</summary>
public enum SchedulerKind
{
    /// <summary>Ancestral sampling of the diffusion process itself (Ho et al. 2020); draws noise each step.</summary>
    Ddpm,

    /// <summary>DDIM (Song et al. 2021); draws noise only when eta is above 0.</summary>
    Ddim,

    /// <summary>Pseudo linear multistep (Liu et al. 2022), without Runge-Kutta steps; calls the model once more than it has steps.</summary>
    Pndm,

    /// <summary>DPM-Solver++ of second order, multistep (Lu et al. 2022).</summary>
    DpmSolverPlusPlus2M,

    /// <summary>DPM-Solver++ 2M at Karras et al.'s noise levels.</summary>
    DpmSolverPlusPlus2MKarras,

    /// <summary>Euler's method on the probability-flow equation (Karras et al. 2022).</summary>
    Euler,

    /// <summary>Euler's method with noise put back each step.</summary>
    EulerAncestral,

    /// <summary>UniPC of second order, B(h) = e^h - 1 (Zhao et al. 2023).</summary>
    UniPc,
}
