using System.Reflection;
using Gal.Artifacts;
using Gal.Coordination.Driving;
using Gal.Coordination.Runs;
using Gal.Coordination.Services;
using Gal.Hosting.Errors;
using Gal.V1;
using Google.Rpc;
using Grpc.Core;

namespace Gal.Coordination.Api;

/// <summary>Translates and delegates; the work is <see cref="RunScheduler"/>'s.</summary>
internal sealed class CoordinatorGrpcService(RunCreation creation, RunReader runs, RunScheduler scheduler, RunMeasurement measurement, ServiceClients clients, IArtifactStore store, CoordinatorOptions options, IHostApplicationLifetime lifetime) : CoordinatorService.CoordinatorServiceBase
{
    // A capabilities call must not wait for a service that is not there; one on a busy machine may take its time.
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(5);

    public override async Task<Capabilities> GetCapabilities(GetCapabilitiesRequest request, ServerCallContext context)
    {
        var answers = await Task.WhenAll(clients.Peers.Select(p => AskAsync(p, context.CancellationToken)));
        var capabilities = new Capabilities
        {
            Service = "coordinator",
            Version = typeof(CoordinatorGrpcService).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "",
            ArtifactStore = store.Name,
            Limits = new Limits { MessageSizeBytes = options.MessageSizeBytes, ImagePixelCount = Imaging.ImageLimits.Reference.MaxPixelCount },
        };
        capabilities.Components.AddRange(answers.Select(a => a.Component));
        capabilities.Models.AddRange(answers[0].Capabilities?.Models ?? []);
        return capabilities;
    }

    public override async Task<Run> CreateRun(CreateRunRequest request, ServerCallContext context) =>
        await runs.GetAsync(RunProjection.NameOf(await creation.CreateAsync(request, context.CancellationToken)), context.CancellationToken);

    public override Task<Run> GetRun(GetRunRequest request, ServerCallContext context) => runs.GetAsync(request.Name, context.CancellationToken);

    public override Task<ListRunsResponse> ListRuns(ListRunsRequest request, ServerCallContext context) => runs.ListAsync(request.PageSize, request.PageToken, context.CancellationToken);

    public override async Task<Run> CancelRun(CancelRunRequest request, ServerCallContext context)
    {
        var run = await runs.GetAsync(request.Name, context.CancellationToken);
        if (run.State.IsTerminal())
        {
            throw WrongState(run, "there is nothing to cancel");
        }

        await scheduler.CancelAsync(RunReader.IdOf(request.Name), context.CancellationToken);
        return await runs.GetAsync(request.Name, context.CancellationToken);
    }

    public override async Task<Run> ResumeRun(ResumeRunRequest request, ServerCallContext context)
    {
        var run = await runs.GetAsync(request.Name, context.CancellationToken);
        if (run.State == JobState.Succeeded)
        {
            throw WrongState(run, "there is nothing left to do");
        }

        if (!await scheduler.ResumeAsync(RunReader.IdOf(request.Name), context.CancellationToken))
        {
            throw WrongState(run, "it is at work already");
        }

        return await runs.GetAsync(request.Name, context.CancellationToken);
    }

    public override async Task WatchRun(WatchRunRequest request, IServerStreamWriter<RunEvent> responseStream, ServerCallContext context)
    {
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        await foreach (var item in runs.WatchAsync(request.Name, request.AfterSequenceNumber, linked.Token))
        {
            await responseStream.WriteAsync(item, linked.Token);
        }
    }

    public override async Task EvaluateRun(EvaluateRunRequest request, IServerStreamWriter<EvaluateRunResponse> responseStream, ServerCallContext context)
    {
        await foreach (var item in measurement.MeasureAsync(request, context.CancellationToken))
        {
            await responseStream.WriteAsync(item, context.CancellationToken);
        }
    }

    private static async Task<(Component Component, Capabilities? Capabilities)> AskAsync(ServiceClients.Peer peer, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(AnswerTimeout);
        try
        {
            var capabilities = await peer.GetCapabilities(timeout.Token);
            return (new Component { Name = peer.Service, Version = capabilities.Version, Available = true, Detail = peer.Address }, capabilities);
        }
        catch (RpcException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var detail = e.StatusCode is StatusCode.Cancelled or StatusCode.Unavailable ? $"No {peer.Service} service answers at {peer.Address}. Start it with \"gal serve {peer.Service}\", or correct the address." : e.Status.Detail;
            return (new Component { Name = peer.Service, Detail = detail }, null);
        }
    }

    private static RpcException WrongState(Run run, string why) =>
        RpcErrors.Status(Code.FailedPrecondition, "WRONG_STATE", $"{run.Name} is {run.State.ToString().ToUpperInvariant()}; {why}.").ToRpcException();
}
