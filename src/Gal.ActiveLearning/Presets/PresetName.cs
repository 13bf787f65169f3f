namespace Gal.ActiveLearning.Presets;

/// <summary>Whose settings.</summary>
public enum PresetName
{
    /// <summary>The paper's text and its Tables 5 and 6.</summary>
    Paper,

    /// <summary>The authors' published code.</summary>
    Authors,
}
