using Gal.Diffusion.Models.Inference;
using Gal.Diffusion.Weights;
using Gal.Tests;
using TorchSharp;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Models.Inference;

/// <summary>The prepared forms against the reference (golden/emoji) and against the modules they are made from.</summary>
public sealed class PreparedModelTests
{
    private const double Tolerance = 5e-5;

    private static readonly ModelFolder Folder = ModelFolder.Open(Repository.EmojiModel);

    [Fact]
    public void OneDnn_ThisMachine_IsAvailable() => Assert.Equal(OperatingSystem.IsLinux(), OneDnn.IsAvailable && Gal.Diffusion.Models.Inference.Kernels.ParallelTeam.IsAvailable);

    [Theory]
    [InlineData(1)]
    [InlineData(500)]
    [InlineData(981)]
    public void Predict_GoldenSample_MatchesReference(long timestep)
    {
        using var scope = NewDisposeScope();
        using var predictor = NoisePredictor.Create(Folder.LoadUnet(), ScalarType.Float32);
        using var prompt = predictor.Prepare(Golden("text_hidden")[..2]);
        Assert.IsType<PreparedUNet>(predictor);
        TensorAssert.Close(Golden($"unet_eps_t{timestep}"), predictor.Predict(Golden("unet_sample"), timestep, prompt), Tolerance, $"unet_eps_t{timestep}");
    }

    [Theory]
    [InlineData(1, 16, 16)]
    [InlineData(3, 8, 24)]
    [InlineData(2, 10, 14)]
    public void Predict_OtherShapes_EqualsModule(int batch, int height, int width)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var unet = Folder.LoadUnet();
        using var predictor = NoisePredictor.Create(unet, ScalarType.Float32);
        var generator = new Generator(7);
        var sample = randn([batch, 4, height, width], generator: generator);
        var hidden = randn([batch, 32, 128], generator: generator);
        using var prompt = predictor.Prepare(hidden);
        TensorAssert.Close(unet.call(sample, tensor(250L), hidden), predictor.Predict(sample, 250, prompt), Tolerance, $"{batch} × {height} × {width}");
    }

    [Theory]
    [InlineData(1, 8, 8)]
    [InlineData(2, 8, 8)]
    [InlineData(1, 8, 16)]
    public void Predict_DownToOnePixel_EqualsModule(int batch, int height, int width)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var unet = ModelFolder.Open(Repository.Golden("sd-mini")).LoadUnet();
        using var predictor = NoisePredictor.Create(unet, ScalarType.Float32);
        var generator = new Generator(7);
        var sample = randn([batch, 4, height, width], generator: generator);
        var hidden = randn([batch, 77, 32], generator: generator);
        using var prompt = predictor.Prepare(hidden);
        TensorAssert.Close(unet.call(sample, tensor(250L), hidden), predictor.Predict(sample, 250, prompt), Tolerance, $"{batch} × {height} × {width}");
    }

    [Theory]
    [InlineData("emoji", 1)]
    [InlineData("emoji", 3)]
    [InlineData("sd-mini", 1)]
    [InlineData("sd-mini", 2)]
    public void Predict_SampleForBothHalves_EqualsSampleTwice(string model, int batch)
    {
        using var scope = NewDisposeScope();
        var unet = model == "emoji" ? Folder.LoadUnet() : ModelFolder.Open(Repository.Golden(model)).LoadUnet();
        using NoisePredictor predictor = NoisePredictor.Create(unet, ScalarType.Float32), module = new ModuleNoisePredictor(unet, ScalarType.Float32);
        var generator = new Generator(10);
        var sample = randn([batch, 4, 16, 16], generator: generator);
        var hidden = randn([2 * batch, 32, unet.Config.CrossAttentionDim], generator: generator);
        using PreparedPrompt prompt = predictor.Prepare(hidden), modulePrompt = module.Prepare(hidden);
        var found = predictor.Predict(sample, 250, prompt);
        TensorAssert.Close(predictor.Predict(cat([sample, sample]), 250, prompt), found, Tolerance, "prepared");
        TensorAssert.Close(module.Predict(sample, 250, modulePrompt), found, Tolerance, "module");
    }

    [Fact]
    public void Predict_SeveralThreads_EqualsOneThread()
    {
        using var scope = NewDisposeScope();
        using var predictor = NoisePredictor.Create(Folder.LoadUnet(), ScalarType.Float32);
        var sample = randn([8, 4, 16, 16], generator: new Generator(8));
        using var prompt = predictor.Prepare(randn([8, 32, 128], generator: new Generator(9)));
        var one = predictor.Predict(sample, 700, prompt);
        try
        {
            set_num_threads(2);
            TensorAssert.Close(one, predictor.Predict(sample, 700, prompt), Tolerance, "two threads");
        }
        finally
        {
            set_num_threads(1);
        }
    }

    [Fact]
    public void Predict_BFloat16_StaysNearFloat32()
    {
        using var scope = NewDisposeScope();
        var unet = Folder.LoadUnet();
        using var exact = NoisePredictor.Create(unet, ScalarType.Float32);
        using var half = NoisePredictor.Create(unet, ScalarType.BFloat16);
        using var exactPrompt = exact.Prepare(Golden("text_hidden")[..2]);
        using var halfPrompt = half.Prepare(Golden("text_hidden")[..2]);
        var (expected, found) = (exact.Predict(Golden("unet_sample"), 500, exactPrompt), half.Predict(Golden("unet_sample"), 500, halfPrompt));
        // bfloat16 keeps 8 bits, 0.4 % a rounding; the module itself in bfloat16 is off by as much.
        Assert.InRange(((expected - found).norm() / expected.norm()).item<float>(), 1e-4f, 0.1f);
    }

    [Fact]
    public void Predict_OtherBatchThanPrompt_IsRefused()
    {
        using var scope = NewDisposeScope();
        using var predictor = NoisePredictor.Create(Folder.LoadUnet(), ScalarType.Float32);
        using var prompt = predictor.Prepare(Golden("text_hidden")[..2]);
        var error = Assert.Throws<ArgumentException>(() => predictor.Predict(cat([Golden("unet_sample"), Golden("unet_sample")]), 500, prompt));
        Assert.Contains("batch of 4 and the prompt one of 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Predict_ManyCalls_LeaveNoTensorsBehind()
    {
        using var scope = NewDisposeScope();
        using var predictor = NoisePredictor.Create(Folder.LoadUnet(), ScalarType.Float32);
        using var prompt = predictor.Prepare(Golden("text_hidden")[..2]);
        var sample = Golden("unet_sample");
        predictor.Predict(sample, 500, prompt).Dispose();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var i = 0; i < 20; i++)
        {
            predictor.Predict(sample, 500, prompt).Dispose();
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Vae_RandomInputs_EqualsModule()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var vae = Folder.LoadVae();
        using var coder = LatentCoder.Create(vae);
        Assert.IsType<PreparedVae>(coder);
        var latents = randn([3, 4, 16, 16], generator: new Generator(1));
        var images = rand([3, 3, 64, 64], generator: new Generator(2)) * 2 - 1;
        TensorAssert.Close(vae.Decode(latents), coder.Decode(latents), Tolerance, "decoded");
        TensorAssert.Close(vae.EncodeMoments(images), coder.Encode(images), Tolerance, "moments");
        TensorAssert.Close(Golden("vae_decoded"), coder.Decode(Golden("vae_mean")), Tolerance, "vae_decoded");
    }

    [Fact]
    public void Clip_RandomPictures_EqualsModule()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var clip = ModelFolder.LoadClip(Folder.ClipPath!);
        using var encoder = new ClipEncoder(clip);
        var pixels = randn([5, 3, 64, 64], generator: new Generator(3));
        TensorAssert.Close(clip.ImageFeatures(pixels), encoder.ImageFeatures(pixels), Tolerance, "image features");
    }

    [Fact]
    public void TextEncoder_RandomIds_EqualsModule()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var model = Folder.LoadTextEncoder();
        using var encoder = new ClipTextEncoder(model);
        var ids = randint(0, 1184, [4, 32], generator: new Generator(4));
        TensorAssert.Close(model.call(ids), encoder.HiddenStates(ids), Tolerance, "hidden states");
    }

    private static Tensor Golden(string name) => TensorAssert.Golden("emoji", "tensors.safetensors", name);
}
