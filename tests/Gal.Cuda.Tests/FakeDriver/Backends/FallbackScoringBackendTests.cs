using Gal.Scoring.Backends;
using Gal.Scoring.Tests.Backends;
using Gal.Tests.Services;
using ManagedCuda.BasicTypes;
using Microsoft.Extensions.Logging;

namespace Gal.Cuda.Tests.FakeDriver.Backends;

[Collection(DriverCollection.Name)]
public sealed class FallbackScoringBackendTests : IDisposable
{
    private readonly CapturedLog _log = new();
    private readonly ILoggerFactory _loggers;
    private readonly RoundEmbeddings _round = Rounds.Random(3, 2, 24, 1);

    public FallbackScoringBackendTests()
    {
        FakeCuda.Reset();
        _loggers = LoggerFactory.Create(logging => logging.AddProvider(_log));
    }

    public void Dispose()
    {
        FakeCuda.Reset();
        _loggers.Dispose();
        _log.Dispose();
    }

    [Fact]
    public void Create_CardIsThere_UsesIt()
    {
        using var backend = ScoringBackends.Create(_loggers);

        Assert.Null(backend.Status.WhyNotCuda);
        Rounds.AssertEqual(Rounds.Judge(_round, 0.005), backend.EvaluateDirections(_round, 0.005));
        Assert.StartsWith("judge_directions_f32", FakeCuda.LastKernel, StringComparison.Ordinal);
        Assert.Contains(_log.Lines, line => line.Message.StartsWith("Scores on emulated card", StringComparison.Ordinal));
    }

    [Fact]
    public void Create_NoDevice_UsesTheProcessorAndSaysWhy()
    {
        FakeCuda.Fail("cuInit", CUResult.ErrorNoDevice);

        using var backend = ScoringBackends.Create(_loggers);

        Assert.Equal("cpu", backend.Status.Name);
        Assert.Contains("CUDA_ERROR_NO_DEVICE", backend.Status.WhyNotCuda, StringComparison.Ordinal);
        Rounds.AssertEqual(Rounds.Judge(_round, 0.005), backend.EvaluateDirections(_round, 0.005));
        Assert.Contains(_log.Lines, line => line.Level == LogLevel.Information && line.Message.StartsWith("Scores on the processor. The CUDA kernels cannot be used", StringComparison.Ordinal));
    }

    [Fact]
    public void EvaluateDirections_TooLargeForTheCard_IsScoredOnTheProcessorThisOnce()
    {
        using var backend = ScoringBackends.Create(_loggers);
        FakeCuda.Fail("cuMemAlloc_v2", CUResult.ErrorOutOfMemory);

        Rounds.AssertEqual(Rounds.Judge(_round, 0.005), backend.EvaluateDirections(_round, 0.005));

        Assert.Equal("cuda", backend.Status.Name);
        Assert.Contains(_log.Lines, line => line.Level == LogLevel.Warning && line.Message.Contains("CUDA_ERROR_OUT_OF_MEMORY", StringComparison.Ordinal));
    }

    [Fact]
    public void EvaluateDirections_CardIsLost_GoesOnOnTheProcessorAndSaysWhy()
    {
        using var backend = ScoringBackends.Create(_loggers);
        FakeCuda.Fail("cuLaunchKernel", CUResult.ErrorLaunchFailed);

        Rounds.AssertEqual(Rounds.Judge(_round, 0.005), backend.EvaluateDirections(_round, 0.005));
        Rounds.AssertEqual(Rounds.Judge(_round, 0.005), backend.EvaluateDirections(_round, 0.005));

        Assert.Equal("cpu", backend.Status.Name);
        Assert.Contains("CUDA_ERROR_LAUNCH_FAILED", backend.Status.WhyNotCuda, StringComparison.Ordinal);
        Assert.Contains("Restart the service", backend.Status.WhyNotCuda, StringComparison.Ordinal);
        Assert.Single(_log.Lines, line => line.Level == LogLevel.Error);
    }

    [Fact]
    public void ComputeSimilarities_CardIsLostWithTheEmbeddings_SaysSo()
    {
        using var backend = ScoringBackends.Create(_loggers);
        using var rows = Matrix.Random(2, 8, 1);
        var onCard = new DeviceEmbeddings(rows.Device, 0, () => throw new InvalidOperationException("The features went with the card."));
        FakeCuda.Fail("cuLaunchKernel", CUResult.ErrorLaunchFailed);

        var error = Assert.Throws<InvalidOperationException>(() => backend.ComputeSimilarities(onCard, onCard, new float[4]));

        Assert.Equal("The features went with the card.", error.Message);
        FakeCuda.Reset();
    }
}
