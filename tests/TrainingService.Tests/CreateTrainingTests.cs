using Gal.Tests.Services;
using Gal.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Gal.Training.Tests;

public sealed class CreateTrainingTests : IDisposable
{
    private const string AbsentArtifact = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task CreateTraining_SeveralMistakes_AreAllNamed()
    {
        var request = Host.Request();
        request.Settings.LearningRate = double.NaN;
        request.Samples[1].LossWeight = -0.5;
        request.Samples[1].Prompt = "";

        var error = await RefuseAsync(request);

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Superset(new HashSet<string> { "settings.learning_rate", "samples[1].loss_weight", "samples[1].prompt" }, error.Fields().ToHashSet());
    }

    [Fact]
    public async Task CreateTraining_NoWeightOverZero_IsRefused()
    {
        var request = Host.Request();
        request.Samples[0].LossWeight = 0;
        request.Samples[1].LossWeight = 0;

        Assert.Equal("NOTHING_TO_LEARN", (await RefuseAsync(request)).Reason());
    }

    [Fact]
    public async Task CreateTraining_BytesThatAreNoPicture_NameTheField()
    {
        var request = Host.Request();
        request.Samples[1].Image.Data = ByteString.CopyFromUtf8("not a picture");

        var error = await RefuseAsync(request);

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Equal(["samples[1].image"], error.Fields());
    }

    [Fact]
    public async Task CreateTraining_AbsentPicture_IsNotFound()
    {
        var request = Host.Request();
        request.Samples[1].Image.Artifact = AbsentArtifact;

        var error = await RefuseAsync(request);

        Assert.Equal(StatusCode.NotFound, error.StatusCode);
        Assert.Equal(AbsentArtifact, error.Details().GetDetail<Google.Rpc.ResourceInfo>()!.ResourceName);
    }

    [Fact]
    public async Task CreateTraining_ResolutionNotAMultiple_SaysOfWhat()
    {
        var request = Host.Request();
        request.Settings.Resolution = 100;

        Assert.Equal(["settings.resolution"], (await RefuseAsync(request)).Fields());
    }

    [Fact]
    public async Task CreateTraining_LongPrompt_WarnsOnTheJob()
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeEngine());
        await using var _ = service;
        var request = Host.Request();
        request.Samples[1].Prompt = "very long";

        var done = await Host.RunAsync(client, request);

        Assert.Equal("PROMPT_TRUNCATED", Assert.Single(done.Warnings).Reason);
    }

    private async Task<RpcException> RefuseAsync(CreateTrainingRequest request)
    {
        var (service, client) = await Host.StartAsync(_folder, new FakeEngine());
        await using var _ = service;
        var error = await CallErrors.OfAsync(() => client.CreateTrainingAsync(request).ResponseAsync);
        Assert.Empty((await client.ListTrainingsAsync(new())).Trainings);
        return error;
    }
}
