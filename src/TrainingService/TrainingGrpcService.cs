using Gal.Hosting.Jobs;
using Gal.ModelServing;
using Gal.V1;
using Grpc.Core;

namespace Gal.Training;

/// <summary>Translates and delegates to <see cref="JobService{TRequest, TResource, TEvent}"/>.</summary>
internal sealed class TrainingGrpcService(JobService<CreateTrainingRequest, V1.Training, TrainingEvent> jobs, ServiceCapabilities capabilities) : TrainingService.TrainingServiceBase
{
    public override Task<Capabilities> GetCapabilities(GetCapabilitiesRequest request, ServerCallContext context) =>
        capabilities.DescribeAsync("training", [], context.CancellationToken);

    public override Task<V1.Training> CreateTraining(CreateTrainingRequest request, ServerCallContext context) =>
        jobs.CreateAsync(request, context.CancellationToken);

    public override Task<V1.Training> GetTraining(GetTrainingRequest request, ServerCallContext context) =>
        Task.FromResult(jobs.Get(request.Name));

    public override Task<ListTrainingsResponse> ListTrainings(ListTrainingsRequest request, ServerCallContext context)
    {
        var (page, token) = jobs.List(request.PageSize, request.PageToken);
        return Task.FromResult(new ListTrainingsResponse { Trainings = { page }, NextPageToken = token });
    }

    public override Task<V1.Training> CancelTraining(CancelTrainingRequest request, ServerCallContext context) =>
        jobs.CancelAsync(request.Name, context.CancellationToken);

    public override async Task WatchTraining(WatchTrainingRequest request, IServerStreamWriter<TrainingEvent> responseStream, ServerCallContext context)
    {
        await foreach (var item in jobs.WatchAsync(request.Name, request.AfterSequenceNumber, context.CancellationToken))
        {
            await responseStream.WriteAsync(item, context.CancellationToken);
        }
    }
}
