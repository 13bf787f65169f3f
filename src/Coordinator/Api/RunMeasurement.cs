using System.Runtime.CompilerServices;
using Gal.Coordination.Driving;
using Gal.Coordination.Runs;
using Gal.Coordination.Services;
using Gal.Hosting.Errors;
using Gal.V1;
using Google.Rpc;
using Grpc.Core;

namespace Gal.Coordination.Api;

/// <summary>Measures a round's checkpoint on a caller's prompts, apart from the run's record.</summary>
internal sealed class RunMeasurement(RunReader runs, ServiceClients clients, ArtifactExchange artifacts, TimeProvider time)
{
    // What one GenerateImages call takes.
    private const int ImagesPerCall = 1024;

    /// <summary>Samples and measures: progress, then the measurements.</summary>
    public async IAsyncEnumerable<EvaluateRunResponse> MeasureAsync(EvaluateRunRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var run = await runs.GetAsync(request.Name, cancellationToken);
        var round = RoundOf(run, request.RoundNumber);
        var checkpoint = round.Checkpoint;
        var evaluation = Complete(request.Evaluation, run.Settings.Evaluation);
        foreach (var peer in clients.Peers)
        {
            artifacts.Learn(await peer.GetCapabilities(cancellationToken));
        }

        var measuring = new MeasuringWork(run.Settings, evaluation, new Scorer(clients.Scoring, artifacts, new Patience(TimeSpan.Zero, time, _ => Task.CompletedTask)));
        await artifacts.SendAsync("generation", [checkpoint], cancellationToken);
        var images = new List<string>();
        foreach (var chunk in measuring.Prompts.Chunk(ImagesPerCall))
        {
            var generation = new GenerateImagesRequest { Model = new ModelReference { Model = run.Settings.Model, Checkpoint = checkpoint }, Settings = run.Settings.Sampling, Images = { chunk }, StoreArtifacts = true };
            using var call = clients.Generation.GenerateImages(generation, cancellationToken: cancellationToken);
            var made = new SortedDictionary<int, string>();
            await foreach (var item in call.ResponseStream.ReadAllAsync(cancellationToken))
            {
                if (item.EventCase == GenerateImagesResponse.EventOneofCase.Image)
                {
                    made[item.Image.Index] = item.Image.Image.Artifact;
                }
                else if (item.EventCase == GenerateImagesResponse.EventOneofCase.Progress)
                {
                    yield return new() { RoundNumber = round.Number, Progress = item.Progress };
                }
            }

            images.AddRange(made.Values);
        }

        await artifacts.FetchAsync("generation", images, cancellationToken);
        var (measured, _) = await measuring.MeasureAsync(images, cancellationToken);
        yield return new() { RoundNumber = round.Number, Evaluation = MeasurementMapping.ToProto(measured) };
    }

    private static Round RoundOf(Run run, int roundNumber)
    {
        var round = roundNumber == 0 ? run.Rounds.LastOrDefault(r => r.Checkpoint.Length > 0) : run.Rounds.FirstOrDefault(r => r.Number == roundNumber);
        return round is { Checkpoint.Length: > 0 } ? round
            : throw RpcErrors.Status(Code.FailedPrecondition, "NO_CHECKPOINT", roundNumber == 0 ? $"{run.Name} has no checkpoint yet; wait for its first round." : $"Round {roundNumber} of {run.Name} has no checkpoint; it has {run.Rounds.Count} rounds so far.").ToRpcException();
    }

    private static EvaluationSettings Complete(EvaluationSettings? asked, EvaluationSettings own)
    {
        var complete = own.Clone();
        if (asked?.Prompts.Count > 0)
        {
            complete.Prompts.Clear();
            complete.Prompts.AddRange(asked.Prompts);
        }

        complete.ImagesPerPrompt = asked?.HasImagesPerPrompt == true ? asked.ImagesPerPrompt : own.ImagesPerPrompt;
        complete.Seed = asked?.HasSeed == true ? asked.Seed : own.Seed;
        return complete.Prompts.Count > 0 ? complete
            : throw RpcErrors.InvalidField("evaluation.prompts", "empty", "must have at least one prompt: the run has none of its own", "NO_PROMPTS");
    }
}
