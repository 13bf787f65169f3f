namespace Gal.ActiveLearning.Subjects;

/// <summary>What the subject of interest is.</summary>
public enum SubjectMode
{
    /// <summary>A thing: several references, an identifier word.</summary>
    Object,

    /// <summary>A drawing style: one reference.</summary>
    Style,
}
