using Gal.Cli.Errors;
using Gal.Cli.RunFolders;
using Gal.Tests;

namespace Gal.Cli.Tests.RunFolders;

public sealed class CheckpointSourceTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gal-checkpoint-");

    public void Dispose() => _folder.Delete(recursive: true);

    private string Write(string name)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, "x");
        return path;
    }

    [Fact]
    public void Of_Nothing_IsTheModelItself() => Assert.Equal(new CheckpointSource(null, null, ""), CheckpointSource.Of(null));

    [Fact]
    public void Of_ModelFolder_IsLoadedWhole() => Assert.Equal(Repository.EmojiModel, CheckpointSource.Of(Repository.EmojiModel).ModelFolder);

    [Fact]
    public void Of_ModelFolderWithAnAdapterBesideIt_IsBoth()
    {
        var (_, lora) = (Write("model_index.json"), Write("pytorch_lora_weights.safetensors"));

        Assert.Equal(new CheckpointSource(_folder.FullName, lora, ""), CheckpointSource.Of(_folder.FullName));
    }

    [Fact]
    public void Of_SafetensorsFile_IsUploaded() => Assert.Equal(Path.Combine(_folder.FullName, "unet.safetensors"), CheckpointSource.Of(Write("unet.safetensors")).File);

    [Fact]
    public void Of_Artifact_IsPassedByName() => Assert.Equal("sha256:ab", CheckpointSource.Of("sha256:ab").Artifact);

    [Fact]
    public void Of_Pickle_IsRefusedWithTheReason() => Assert.Contains("run code when they are read", Assert.Throws<CliException>(() => CheckpointSource.Of(Write("model.ckpt"))).Message);

    [Fact]
    public void Of_RunWithoutCheckpoint_SaysThatItComesAtTheEnd()
    {
        var folder = RunFolder.Create(Path.Combine(_folder.FullName, "run"), "run", TimeProvider.System);
        folder.Write(new RunTicket("runs/a", "id", null, null, null, null));

        Assert.Contains("has no checkpoint yet", Assert.Throws<CliException>(() => CheckpointSource.Of(folder.Path)).Message);
    }
}
