using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Gal.Diffusion.Runtime;
using Gal.Scoring.Backends;
using TorchSharp;

namespace Gal.Benchmarks.Scoring;

/// <summary>Latency at a round's size on the processor, beside torch on the same data.</summary>
[Config(typeof(InProcess))]
public class RoundLatency : IDisposable
{
    private readonly CpuScoringBackend _backend = new("Not asked for.");
    private readonly float[] _similarities = new float[180 * 19];
    private HostEmbeddings _images = null!;
    private HostEmbeddings _texts = null!;
    private RoundEmbeddings _round = null!;
    private torch.Tensor _imageTensor = null!;
    private torch.Tensor _textTensor = null!;

    [Params(6, 19)]
    public int Texts { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        TorchRuntime.EnsureLoaded();
        (_images, _texts, _round) = (Inputs.Rows(180, 512, 1), Inputs.Rows(Texts, 512, 2), Inputs.Round(Texts, 512));
        _imageTensor = torch.tensor(Inputs.Random(180, 512, 1)).reshape(180, 512);
        _textTensor = torch.tensor(Inputs.Random(Texts, 512, 2)).reshape(Texts, 512);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _imageTensor.Dispose();
        _textTensor.Dispose();
        _backend.Dispose();
        GC.SuppressFinalize(this);
    }

    [Benchmark]
    public void Similarities() => _backend.ComputeSimilarities(_images, _texts, _similarities.AsMemory(0, 180 * Texts));

    [Benchmark]
    public double WholeRound() => _backend.EvaluateDirections(_round, 0.005).Openness;

    [Benchmark(Baseline = true)]
    public void Torch()
    {
        using var scope = torch.NewDisposeScope();
        using var inference = torch.inference_mode();
        using var normalized = torch.nn.functional.normalize(_imageTensor, dim: 1);
        normalized.matmul(torch.nn.functional.normalize(_textTensor, dim: 1).t()).data<float>().CopyTo(_similarities);
    }

    // In this process: libtorch is linked from the package folder, which a generated project would not find.
    private sealed class InProcess : ManualConfig
    {
        public InProcess() => AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
    }
}
