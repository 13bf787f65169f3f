using Gal.Cli.Errors;
using Gal.Cli.Terminals;
using Gal.Tests;
using Gal.Tests.Services;

namespace Gal.Cli.Tests;

/// <summary>Command lines that end before a service starts.</summary>
public sealed class GalAppTests : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gal-app-");

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        _output.Dispose();
        _error.Dispose();
    }

    private Task<int> RunAsync(params string[] args) => GalApp.RunAsync(args, Terminal.Of(_output, _error, TimeProvider.System), TestContext.Current.CancellationToken).DefaultTimeout();

    [Theory]
    [InlineData("run")]
    [InlineData("resume")]
    [InlineData("status")]
    [InlineData("watch")]
    [InlineData("cancel")]
    [InlineData("evaluate")]
    [InlineData("compare")]
    [InlineData("generate")]
    [InlineData("score")]
    [InlineData("convert")]
    [InlineData("serve")]
    [InlineData("doctor")]
    public async Task Help_EachCommand_HasExamples(string command)
    {
        Assert.Equal(ExitCodes.Ok, await RunAsync(command, "--help"));
        Assert.Contains("EXAMPLES:", _output.ToString());
        Assert.Contains($"gal {command}", _output.ToString());
    }

    [Fact]
    public async Task Run_BadValues_ListsAllAndStartsNothing()
    {
        var code = await RunAsync("run", Repository.Sample("watercolor.yaml"), "--rounds", "0", "--set", "training.learning_rate=nan", "--out", Path.Combine(_folder.FullName, "out"));

        Assert.Equal(ExitCodes.BadInput, code);
        Assert.Contains("--rounds: active_learning.max_round_count is 0; it must lie in [1, 100].", _error.ToString());
        Assert.Contains("--set: training.learning_rate is NaN; it must lie in (0, 1).", _error.ToString());
        Assert.Empty(_folder.EnumerateFileSystemInfos());
    }

    [Theory]
    [InlineData("is a LoRA, not a Textual Inversion embedding; give it as --lora.", "--embedding", "lora/kohya.safetensors")]
    [InlineData("is a Textual Inversion embedding, not a LoRA; give it as --embedding.", "--lora", "embeddings/one-vector.safetensors:0.5")]
    [InlineData("is a whole UNet, not Custom Diffusion weights; give it as --checkpoint.", "--custom-diffusion", "sd-mini/unet/diffusion_pytorch_model.safetensors")]
    [InlineData("this is a pickled PyTorch file, not safetensors.", "--lora", "safetensors-files/bad-pickle.safetensors")]
    [InlineData("there is no file", "--lora", "lora/none.safetensors")]
    [InlineData("the scale is 11; it must lie in [-10, 10].", "--lora", "lora/kohya.safetensors:11")]
    [InlineData("--ip-adapter and --image-prompt belong together", "--ip-adapter", "ip-adapter/ip-adapter.safetensors")]
    public async Task Generate_FileOfAnotherKind_SaysWhatItIsAndStartsNothing(string message, string option, string file)
    {
        Assert.Equal(ExitCodes.BadInput, await RunAsync("generate", "a cat", option, Path.Combine(Repository.Golden(), file), "--out", Path.Combine(_folder.FullName, "out")));
        Assert.Contains(message, _error.ToString().ReplaceLineEndings(" "));
        Assert.Empty(_folder.EnumerateFileSystemInfos());
    }

    [Fact]
    public async Task Generate_EtaForAnotherScheduler_IsRefused()
    {
        Assert.Equal(ExitCodes.BadInput, await RunAsync("generate", "a cat", "--scheduler", "euler", "--eta", "0.5"));
        Assert.Contains("--eta is DDIM's alone", _error.ToString());
    }

    [Theory]
    [InlineData("--random-model is 'sdxl'; it must be sd15.", "--random-model", "sdxl", "new")]
    [InlineData("--weights is 'int8'; it must be float16 or float32.", "--random-model", "sd15", "new", "--weights", "int8")]
    [InlineData("--random-model needs a folder", "--random-model", "sd15")]
    [InlineData("FOLDER and --weights go with --random-model", "new")]
    public async Task Doctor_RandomModelWithMistakes_SaysWhatIsWrong(string message, params string[] args)
    {
        Assert.Equal(ExitCodes.BadInput, await RunAsync(["doctor", .. args.Select(arg => arg == "new" ? Path.Combine(_folder.FullName, arg) : arg)]));
        Assert.Contains(message, _error.ToString().ReplaceLineEndings(" "));
        Assert.Empty(_folder.EnumerateFileSystemInfos());
    }

    [Fact]
    public async Task Run_FolderNotEmpty_IsLeftAlone()
    {
        File.WriteAllText(Path.Combine(_folder.FullName, "precious.txt"), "x");

        Assert.Equal(ExitCodes.BadInput, await RunAsync("run", Repository.Sample("watercolor.yaml"), "--out", _folder.FullName));
        Assert.Contains("is not an empty folder", _error.ToString());
        Assert.Single(_folder.EnumerateFileSystemInfos());
    }

    [Fact]
    public async Task Run_CoordinatorNotThere_NamesAddressAndWhatToStart()
    {
        var socket = Path.Combine(_folder.FullName, "nobody.sock");

        var code = await RunAsync("run", Repository.Sample("watercolor.yaml"), "--connect", "unix:" + socket, "--out", Path.Combine(_folder.FullName, "out"));

        Assert.Equal(ExitCodes.Service, code);
        Assert.Contains(socket, _error.ToString());
        Assert.Contains("gal serve coordinator", _error.ToString());
        Assert.Empty(_folder.EnumerateFileSystemInfos());
    }

    [Fact]
    public async Task Serve_PortInUse_NamesItAndStartsNothing()
    {
        using var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var port = ((System.Net.IPEndPoint)taken.LocalEndpoint).Port;

        Assert.Equal(ExitCodes.Service, await RunAsync("serve", "coordinator", "--port", port.ToString(), "--data", _folder.FullName));
        Assert.Contains($"Cannot listen on http://127.0.0.1:{port}: another program does.", _error.ToString());
        Assert.Contains("--port", _error.ToString());
        Assert.Empty(_folder.EnumerateFileSystemInfos());
    }

    [Theory]
    [InlineData("runn")]
    [InlineData("run")]
    [InlineData("run", "x.yaml", "--frob")]
    [InlineData("serve", "everything")]
    [InlineData("serve", "--port", "0")]
    [InlineData("serve", "--device", "gpu")]
    [InlineData("generate")]
    [InlineData("generate", "a cat", "--steps", "0")]
    [InlineData("generate", "a cat", "--checkpoint", "/nowhere")]
    [InlineData("score", "nowhere.png", "--text", "a cat")]
    [InlineData("resume", "/nowhere")]
    [InlineData("status", "out/nowhere")]
    public async Task Any_UnusableArguments_ExitWithTwo(params string[] args)
    {
        Assert.Equal(ExitCodes.BadInput, await RunAsync(args));
        Assert.StartsWith("Error: ", _error.ToString());
    }

    [Fact]
    public async Task Compare_UnknownStrategy_ListsThem()
    {
        Assert.Equal(ExitCodes.BadInput, await RunAsync("compare", Repository.Sample("watercolor.yaml"), "--strategies", "random,best"));
        Assert.Contains("'best' is no strategy; it must be one of dreambooth, random, uncertainty, clip_feedback, each with or without +balance.", _error.ToString());
    }
}
