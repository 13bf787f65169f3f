namespace Gal.ActiveLearning.Presets;

/// <summary>Which scheduler a preset samples anchors with.</summary>
public enum PresetScheduler
{
    /// <summary>Ancestral sampling.</summary>
    Ddpm,

    /// <summary>DPM-Solver++ 2M.</summary>
    DpmSolverPlusPlus2M,
}
