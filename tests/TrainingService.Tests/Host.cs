using Gal.Imaging;
using Gal.Tests;
using Gal.Tests.Services;
using Gal.Training.Sessions;
using Gal.V1;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Gal.Training.Tests;

/// <summary>TrainingService on a fake engine.</summary>
internal static class Host
{
    public static async Task<(RunningService Service, TrainingService.TrainingServiceClient Client)> StartAsync(TemporaryFolder folder, ITrainingEngine engine, long memoryLimit = 0)
    {
        var options = RunningService.Settle(new TrainingServiceOptions { ModelFolders = [Repository.EmojiModel], MemoryLimitBytes = memoryLimit }, folder);
        var service = await RunningService.StartAsync(TrainingServiceHost.Build(options, services => services.AddSingleton(engine)));
        return (service, new(service.Invoker));
    }

    public static CreateTrainingRequest Request(string id = "a", int stepCount = 10, int saveInterval = 4) => new()
    {
        RequestId = id,
        Settings = new() { StepCount = stepCount, StateSaveIntervalStepCount = saveInterval, Seed = 7 },
        Samples = { Sample("a cat", null), Sample("a dog", 0.003) },
    };

    /// <summary>Asks for a method, with settings of its own; its word "&lt;toy&gt;" goes into the prompts.</summary>
    public static void Choose(CreateTrainingRequest request, TrainingMethod method)
    {
        var settings = request.Settings;
        settings.Method = method;
        settings.Lora = method == TrainingMethod.Lora ? new() { Rank = 2, Alpha = 1, Dropout = 0.1 } : null;
        settings.TextualInversion = method == TrainingMethod.TextualInversion ? new() { Token = "<toy>", InitialWord = "cat", VectorCount = 2 } : null;
        settings.CustomDiffusion = method == TrainingMethod.CustomDiffusion ? new() { Modifier = new() { Token = "<toy>", InitialWord = "cat" } } : null;
        foreach (var sample in settings.LearnedWord is null ? [] : request.Samples)
        {
            sample.Prompt = $"{sample.Prompt} <toy>";
        }
    }

    public static TrainingSample Sample(string prompt, double? weight)
    {
        var sample = new TrainingSample { Image = new() { Data = ByteString.CopyFrom(PngEncoder.Encode(new RgbImage(16, 16, new byte[16 * 16 * 3]))) }, Prompt = prompt };
        if (weight is { } w)
        {
            sample.LossWeight = w;
        }

        return sample;
    }

    public static async Task<List<TrainingEvent>> WatchAsync(TrainingService.TrainingServiceClient client, string name, long after = 0)
    {
        using var call = client.WatchTraining(new() { Name = name, AfterSequenceNumber = after });
        return await call.ResponseStream.ReadAllAsync().ToListAsync().AsTask().DefaultTimeout();
    }

    public static async Task<V1.Training> RunAsync(TrainingService.TrainingServiceClient client, CreateTrainingRequest request)
    {
        var created = await client.CreateTrainingAsync(request);
        await WatchAsync(client, created.Name);
        return await client.GetTrainingAsync(new() { Name = created.Name });
    }
}
