using Gal.Artifacts;
using Gal.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Gal.Coordination.Tests.Fakes;

/// <summary>Makes "checkpoints" that are a function of the request alone.</summary>
internal sealed class FakeTrainingService : TrainingService.TrainingServiceBase
{
    private readonly IArtifactStore _store;

    public FakeTrainingService(IArtifactStore store)
    {
        _store = store;
        Jobs = new("trainings", Train);
    }

    public FakeJobs<CreateTrainingRequest, Training, TrainingEvent> Jobs { get; }

    public override Task<Capabilities> GetCapabilities(GetCapabilitiesRequest request, ServerCallContext context) => Task.FromResult(FakeServices.CapabilitiesOf("training", _store));

    public override Task<Training> CreateTraining(CreateTrainingRequest request, ServerCallContext context) => Task.FromResult(Jobs.Create(request));

    public override Task<Training> GetTraining(GetTrainingRequest request, ServerCallContext context) => Task.FromResult(Jobs.Get(request.Name));

    public override Task<Training> CancelTraining(CancelTrainingRequest request, ServerCallContext context) => Task.FromResult(Jobs.Cancel(request.Name));

    public override Task WatchTraining(WatchTrainingRequest request, IServerStreamWriter<TrainingEvent> responseStream, ServerCallContext context) =>
        Jobs.WatchAsync(request.Name, request.AfterSequenceNumber, responseStream, new TrainingEvent { Progress = new TrainingProgress { Step = 1, StepCount = 3 } }, context.CancellationToken);

    private Training Train(CreateTrainingRequest request)
    {
        foreach (var sample in request.Samples)
        {
            Assert.True(_store.ExistsAsync(ArtifactId.Parse(sample.Image.Artifact), default).Result, "A sample is not in the store.");
        }

        var plain = request.Clone();
        plain.RequestId = "";
        var checkpoint = _store.PutAsync(plain.ToByteArray(), default).Result.ToString();
        var training = new Training { Checkpoint = checkpoint, Losses = { 0.5, 0.25, 0.125 }, SampleUseCounts = { request.Samples.Select((_, i) => 3 - Math.Min(3, i)) } };
        if (request.Settings.SampleImages is { } looks)
        {
            training.SampleImages.Add(new SampleImages { Step = looks.IntervalStepCount, Images = { new Image { Artifact = checkpoint } } });
            training.SavedWeights.Add(new SavedWeights { Step = 3, Checkpoint = checkpoint });
        }

        training.WorkTimes.Add(new WorkTime { Kind = WorkKind.Training, Duration = Duration.FromTimeSpan(TimeSpan.FromSeconds(1)), UnitCount = 3 });
        training.Warnings.Add(new Warning { Reason = "PROMPT_TRUNCATED", Message = "The same each round." });
        return training;
    }
}
