using static TorchSharp.torch;

namespace Gal.Diffusion.Models.Inference;

/// <summary>
/// The time embedding and its projection into every residual block, added to that block's first bias.
/// All images of a batch share one timestep while sampling, so the whole of it is one small product a timestep, kept for the timesteps of a request.
/// </summary>
internal sealed class PreparedTimeEmbedding : IDisposable
{
    // More than any request's steps; a training's preview with random timesteps must not grow it without end.
    private const int KeptTimesteps = 1024;

    private readonly Tensor _linear1Weight;
    private readonly Tensor _linear1Bias;
    private readonly Tensor _linear2Weight;
    private readonly Tensor _linear2Bias;
    private readonly Tensor _projectionWeight;
    private readonly Tensor _projectionBias;
    private readonly long[] _widths;
    private readonly ScalarType _dtype;
    private readonly bool _flipsSinToCos;
    private readonly double _frequencyShift;
    private readonly Dictionary<double, Tensor[]> _biases = [];

    /// <summary>Reads the weights.</summary>
    /// <param name="weights">The UNet's tensors.</param>
    /// <param name="blocks">Every residual block with the prefix of its weights, in the order in which its bias is asked for.</param>
    /// <param name="flipsSinToCos">Whether the cosines come first (flip_sin_to_cos).</param>
    /// <param name="frequencyShift">freq_shift.</param>
    public PreparedTimeEmbedding(WeightScope weights, IReadOnlyList<(string Prefix, PreparedResnetBlock Block)> blocks, bool flipsSinToCos, double frequencyShift)
    {
        using var scope = NewDisposeScope();
        _linear1Weight = Keep(weights["time_embedding.linear_1.weight"]);
        _linear1Bias = Keep(weights["time_embedding.linear_1.bias"]);
        _linear2Weight = Keep(weights["time_embedding.linear_2.weight"]);
        _linear2Bias = Keep(weights["time_embedding.linear_2.bias"]);
        _projectionWeight = Keep(cat([.. blocks.Select(block => weights[$"{block.Prefix}.time_emb_proj.weight"].to(float32))], 0));
        _projectionBias = Keep(cat([.. blocks.Select(block => weights[$"{block.Prefix}.time_emb_proj.bias"].to(float32) + weights[$"{block.Prefix}.conv1.bias"].to(float32))], 0));
        _widths = [.. blocks.Select(block => block.Block.OutChannels)];
        _dtype = weights.Dtype;
        _flipsSinToCos = flipsSinToCos;
        _frequencyShift = frequencyShift;
    }

    /// <summary>For each residual block, conv1's bias plus its projected embedding of <paramref name="timestep"/>. Borrowed.</summary>
    public Tensor[] At(double timestep)
    {
        if (_biases.TryGetValue(timestep, out var known))
        {
            return known;
        }

        if (_biases.Count == KeptTimesteps)
        {
            Forget();
        }

        using var scope = NewDisposeScope();
        var half = _linear1Weight.shape[1] / 2;
        var frequencies = exp(arange(half, float32) * (-Math.Log(10000) / (half - _frequencyShift)));
        var angles = (frequencies * timestep).unsqueeze(0);
        var sinusoids = _flipsSinToCos ? cat([angles.cos(), angles.sin()], 1) : cat([angles.sin(), angles.cos()], 1);
        var hidden = nn.functional.silu(nn.functional.linear(sinusoids, _linear1Weight, _linear1Bias));
        var embedding = nn.functional.silu(nn.functional.linear(hidden, _linear2Weight, _linear2Bias));
        var all = nn.functional.linear(embedding, _projectionWeight, _projectionBias).squeeze(0).to(_dtype);
        Tensor[] biases = [.. all.split(_widths).Select(bias => bias.DetachFromDisposeScope())];
        _biases.Add(timestep, biases);
        return biases;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Forget();
        foreach (var tensor in (Tensor[])[_linear1Weight, _linear1Bias, _linear2Weight, _linear2Bias, _projectionWeight, _projectionBias])
        {
            tensor.Dispose();
        }
    }

    private static Tensor Keep(Tensor tensor) => tensor.detach().to(float32).alias().DetachFromDisposeScope();

    private void Forget()
    {
        foreach (var bias in _biases.Values.SelectMany(biases => biases))
        {
            bias.Dispose();
        }

        _biases.Clear();
    }
}
