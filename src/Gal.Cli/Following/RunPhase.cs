namespace Gal.Cli.Following;

/// <summary>What a run is busy with.</summary>
internal enum RunPhase
{
    /// <summary>Nothing has begun.</summary>
    Waiting,

    /// <summary>Class pictures for prior preservation are being sampled.</summary>
    ClassImages,

    /// <summary>The round trains.</summary>
    Training,

    /// <summary>The evaluation prompts are being sampled and measured.</summary>
    Evaluation,

    /// <summary>The pool's anchors are being sampled.</summary>
    Sampling,

    /// <summary>The sampled images are being judged and the next ones chosen.</summary>
    Scoring,

    /// <summary>The run has ended.</summary>
    Ended,
}
