using Gal.ActiveLearning.Subjects;

namespace Gal.ActiveLearning.Plans;

/// <summary>Whom to learn and along which directions.</summary>
public sealed record SubjectPlan
{
    /// <summary>Object or style.</summary>
    public required SubjectMode Mode { get; init; }

    /// <summary>Object mode: the rare word that TXT-ALN and the non-SoI texts leave out; may be empty.</summary>
    public string Identifier { get; init; } = "";

    /// <summary>The pictures to learn from; at least one.</summary>
    public required IReadOnlyList<ReferencePicture> References { get; init; }

    /// <summary>The texts that a collapsed image is closer to than to its own prompt; at least one.</summary>
    public required IReadOnlyList<string> NonSoiTexts { get; init; }

    /// <summary>The anchor prompts: the first pool.</summary>
    public required IReadOnlyList<string> Anchors { get; init; }
}
