using Gal.Diffusion.Models;
using Gal.Diffusion.Models.Adapters;
using Gal.Diffusion.Models.Inference;
using Gal.Diffusion.Weights;
using Gal.Tests;
using TorchSharp;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Models.Inference;

/// <summary>The prepared UNet and text encoder with each adapter against the modules that carry it.</summary>
public sealed class PreparedAdapterTests : IDisposable
{
    private const double Tolerance = 1e-5;

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly IDisposable _noGrad = no_grad();
    private readonly ModelFolder _mini = ModelFolder.Open(Repository.Golden("sd-mini"));
    private readonly UNet2DConditionModel _unet;

    public PreparedAdapterTests() => _unet = _mini.LoadUnet();

    public void Dispose()
    {
        _unet.Dispose();
        _noGrad.Dispose();
        _scope.Dispose();
    }

    [Theory]
    [InlineData("kohya.safetensors")]
    [InlineData("diffusers.safetensors")]
    [InlineData("diffusers-old.safetensors")]
    public void Predict_AttachedLora_EqualsModule(string file)
    {
        using var lora = LoraAdapter.Load(Repository.Golden("lora", file), _unet);
        lora.Scale = 0.7;
        lora.Attach();
        AssertEqualsModule(file);
    }

    [Fact]
    public void Predict_MergedLora_EqualsModule()
    {
        using var lora = LoraAdapter.Load(Repository.Golden("lora", "kohya.safetensors"), _unet);
        lora.Merge();
        AssertEqualsModule("merged");
    }

    [Fact]
    public void Predict_CustomDiffusion_EqualsModule()
    {
        CustomDiffusionWeights.Load(Repository.Golden("custom-diffusion", "pytorch_custom_diffusion_weights.safetensors"), _unet);
        AssertEqualsModule("custom diffusion");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.6)]
    [InlineData(1)]
    public void Predict_IpAdapter_EqualsModuleAndReference(double scale)
    {
        using var adapter = IpAdapter.Load(Repository.Golden("ip-adapter", "ip-adapter.safetensors"), _unet);
        using var predictor = NoisePredictor.Create(_unet, ScalarType.Float32);
        using var module = new ModuleNoisePredictor(_unet, ScalarType.Float32);
        var tokens = new PictureTokens(adapter, adapter.ImageTokens(Golden("image_embeds")), scale);
        using var prompt = predictor.Prepare(Golden("hidden"), tokens);
        using var modulePrompt = module.Prepare(Golden("hidden"), tokens);
        Assert.IsType<PreparedUNet>(predictor);
        var found = predictor.Predict(Golden("sample"), 300, prompt);
        TensorAssert.Close(module.Predict(Golden("sample"), 300, modulePrompt), found, Tolerance, "module");
        TensorAssert.Close(Golden(FormattableString.Invariant($"eps.scale{scale:F1}")), found, 5e-5, "reference");

        // The module sees no picture once the predictor has asked it.
        TensorAssert.Close(Golden("eps.none"), _unet.call(Golden("sample"), tensor(300L), Golden("hidden")), 5e-5, "eps.none");
    }

    [Fact]
    public void HiddenStates_LoraOfTheTextEncoder_EqualsModule()
    {
        var text = _mini.LoadTextEncoder();
        var path = Path.Combine(Path.GetTempPath(), $"gal-text-lora-{Guid.NewGuid():N}.safetensors");
        try
        {
            var generator = new Generator(6);
            var weight = text.state_dict()["text_model.encoder.layers.1.self_attn.v_proj.weight"];
            SafetensorsWriter.Write(path,
            [
                KeyValuePair.Create("lora_te_text_model_encoder_layers_1_self_attn_v_proj.lora_down.weight", randn([2, weight.shape[1]], generator: generator)),
                KeyValuePair.Create("lora_te_text_model_encoder_layers_1_self_attn_v_proj.lora_up.weight", randn([weight.shape[0], 2], generator: generator)),
            ]);
            using var lora = LoraAdapter.Load(path, _unet, text);
            var ids = randint(0, 500, [2, 77], generator: generator);
            var before = text.call(ids);
            lora.Attach();
            using var encoder = new ClipTextEncoder(text);
            TensorAssert.Close(text.call(ids), encoder.HiddenStates(ids), Tolerance, "hidden states");
            Assert.True((text.call(ids) - before).abs().max().item<float>() > 1e-2f);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static Tensor Golden(string name) => TensorAssert.Golden("ip-adapter", "golden.safetensors", name);

    private void AssertEqualsModule(string name)
    {
        using var predictor = NoisePredictor.Create(_unet, ScalarType.Float32);
        using var prompt = predictor.Prepare(Golden("hidden"));
        Assert.IsType<PreparedUNet>(predictor);
        var expected = _unet.call(Golden("sample"), tensor(300L), Golden("hidden"));
        TensorAssert.Close(expected, predictor.Predict(Golden("sample"), 300, prompt), Tolerance, name);
        Assert.True((expected - Golden("eps.none")).abs().max().item<float>() > 1e-4f, $"{name} changes nothing.");
    }
}
