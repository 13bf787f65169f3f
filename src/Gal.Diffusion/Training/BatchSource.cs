using static TorchSharp.torch;

namespace Gal.Diffusion.Training;

/// <summary>
/// Draws batches from one CPU generator, in this order: the samples' indices (a permutation when too few are left), the class pictures' likewise, which pictures
/// are flipped where any may be, a posterior sample of each picture, the noise, the noise's offsets where there are any, the timesteps.
/// </summary>
internal sealed class BatchSource(TrainingData data, TrainingSpec spec, int trainTimestepCount) : IDisposable
{
    private readonly SampleOrder _samples = new(data.Samples.Count);
    private readonly SampleOrder _classes = new(data.ClassPictures.Count);
    private readonly Generator _generator = new(unchecked((ulong)spec.Seed));

    // Tensors, because a Scalar made for one call can be collected while the call runs.
    private readonly Tensor _scalingFactor = tensor((float)data.ScalingFactor).DetachFromDisposeScope();
    private readonly Tensor _noiseOffset = tensor((float)spec.Options.NoiseOffset).DetachFromDisposeScope();

    /// <summary>The next batch, in the caller's dispose scope.</summary>
    public TrainingBatch Next()
    {
        var indices = _samples.Next(spec.BatchSize, _generator).Select(i => (int)i).ToList();
        var samples = indices.Select(i => data.Samples[i]).ToList();
        var classes = data.ClassPictures.Count > 0 ? _classes.Next(spec.BatchSize, _generator).Select(i => data.ClassPictures[(int)i]) : [];
        CachedPicture[] pictures = [.. samples, .. classes];
        var flips = DrawFlips(pictures.Length);
        var latents = cat([.. pictures.Select((picture, i) => Sample(flips[i] ? picture.Mirrored! : picture.Posterior))]);
        var noise = Noise(latents.shape).to(latents.device);
        using var timesteps = randint(0, trainTimestepCount, pictures.Length, ScalarType.Int64, generator: _generator);
        return new TrainingBatch(latents, noise, timesteps.data<long>().ToArray(), [.. pictures.Select(picture => picture.Prompt)], [.. pictures.Select(Weight)], samples.Count) { SampleIndices = indices };

        // A class picture's term carries its sample's weight too.
        float Weight(CachedPicture picture, int index) => index < samples.Count ? picture.LossWeight : picture.LossWeight * samples[index - samples.Count].LossWeight;
    }

    /// <summary>The order and the generator, as tensors that the caller disposes.</summary>
    public IEnumerable<NamedTensor> Save() =>
    [
        new("order.samples", tensor(_samples.Waiting.ToArray(), ScalarType.Int64)),
        new("order.classes", tensor(_classes.Waiting.ToArray(), ScalarType.Int64)),
        new("generator", _generator.get_state()),
    ];

    /// <summary>Goes on where <see cref="Save"/> was called.</summary>
    /// <param name="read">Gives a tensor by its name; disposed here.</param>
    public void Restore(Func<string, Tensor> read)
    {
        using var samples = read("order.samples");
        using var classes = read("order.classes");
        using var generator = read("generator");
        _samples.Restore(samples.data<long>().ToArray());
        _classes.Restore(classes.data<long>().ToArray());
        _generator.set_state(generator);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _generator.Dispose();
        _scalingFactor.Dispose();
        _noiseOffset.Dispose();
    }

    private bool[] DrawFlips(int count)
    {
        if (!spec.Options.HorizontalFlip)
        {
            return new bool[count];
        }

        using var draws = rand(count, generator: _generator);
        return [.. draws.data<float>().Select(draw => draw < 0.5f)];
    }

    private Tensor Noise(long[] shape)
    {
        var noise = randn(shape, generator: _generator);
        return spec.Options.NoiseOffset > 0 ? noise + (_noiseOffset * randn([shape[0], shape[1], 1, 1], generator: _generator)) : noise;
    }

    private Tensor Sample(CachedPosterior posterior)
    {
        var noise = randn(posterior.Mean.shape, generator: _generator).to(posterior.Mean.device);
        return (posterior.Mean + (posterior.StandardDeviation * noise)) * _scalingFactor;
    }
}
