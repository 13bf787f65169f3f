using Gal.Cli.Errors;
using Gal.Cli.Services;
using Gal.Tests;

namespace Gal.Cli.Tests.Services;

public sealed class ModelFoldersTests
{
    [Fact]
    public void Find_NothingNamed_IsTheShippedModel() => Assert.Equal(Repository.EmojiModel, ModelFolders.Find(""));

    [Fact]
    public void Find_FolderWithoutIndex_SaysWhatIsMissing()
    {
        var message = Assert.Throws<CliException>(() => ModelFolders.Find(Repository.Sample())).Message;

        Assert.Contains("it has no model_index.json", message);
    }

    [Fact]
    public void Find_SingleFile_SaysHowToMakeAFolder()
    {
        var file = Path.Combine(Repository.Golden("lora"), "kohya.safetensors");

        Assert.Contains($"gal convert {file} kohya", Assert.Throws<CliException>(() => ModelFolders.Find(file)).Message);
    }
}
