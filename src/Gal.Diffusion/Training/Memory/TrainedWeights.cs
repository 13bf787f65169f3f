namespace Gal.Diffusion.Training.Memory;

/// <summary>What a training changes, which gradients and moments are kept for.</summary>
public enum TrainedWeights
{
    /// <summary>Every weight of the UNet.</summary>
    Unet,

    /// <summary>Low-rank updates of the attentions.</summary>
    LowRankUpdates,

    /// <summary>The vectors of a word.</summary>
    Word,

    /// <summary>K and V of the cross-attentions, with a word or without.</summary>
    KeysAndValues,
}
