namespace Gal.Diffusion.Models.Inference;

/// <summary>What a prepared UNet must know beyond its tensors.</summary>
/// <param name="HeadCounts">Attention heads of each down block; the up blocks use them in reverse, the middle block the last.</param>
/// <param name="GroupCount">norm_num_groups.</param>
/// <param name="Epsilon">norm_eps.</param>
/// <param name="FlipsSinToCos">flip_sin_to_cos.</param>
/// <param name="FrequencyShift">freq_shift.</param>
/// <param name="DownsamplePadding">downsample_padding.</param>
internal sealed record UNetShape(IReadOnlyList<long> HeadCounts, long GroupCount, double Epsilon, bool FlipsSinToCos, double FrequencyShift, int DownsamplePadding)
{
    /// <summary>What a configuration says.</summary>
    public static UNetShape Of(UNetConfig config) => new(
        [.. Enumerable.Range(0, config.BlockOutChannels.Length).Select(block => (long)config.HeadCount(block))],
        config.NormNumGroups,
        config.NormEps,
        config.FlipSinToCos,
        config.FreqShift,
        config.DownsamplePadding);
}
