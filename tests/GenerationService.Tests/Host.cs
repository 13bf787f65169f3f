using Gal.Generation.Sampling;
using Gal.Tests;
using Gal.Tests.Services;
using Gal.V1;
using Microsoft.Extensions.DependencyInjection;

namespace Gal.Generation.Tests;

/// <summary>GenerationService on a fake sampler.</summary>
internal static class Host
{
    public static async Task<(RunningService Service, GenerationService.GenerationServiceClient Client)> StartAsync(TemporaryFolder folder, ISampler sampler, Action<GenerationServiceOptions>? change = null)
    {
        var options = RunningService.Settle(new GenerationServiceOptions { ModelFolders = [Repository.EmojiModel] }, folder);
        change?.Invoke(options);
        var service = await RunningService.StartAsync(GenerationServiceHost.Build(options, services => services.AddSingleton(sampler)));
        return (service, new(service.Invoker));
    }

    public static IEnumerable<ImagePrompt> Prompts(int count) => Enumerable.Range(0, count).Select(i => new ImagePrompt { Prompt = $"a cat {i}", Seed = i });

    public static SamplingSettings Settings(int stepCount = 3, int batchSize = 2) => new() { InferenceStepCount = stepCount, BatchSize = batchSize };
}
