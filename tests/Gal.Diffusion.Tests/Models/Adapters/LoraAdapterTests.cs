using Gal.Diffusion.Models;
using Gal.Diffusion.Models.Adapters;
using Gal.Diffusion.Weights;
using Gal.Tests;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Models.Adapters;

/// <summary>LoRA files of three dialects against the reference (golden/lora).</summary>
public sealed class LoraAdapterTests : IDisposable
{
    private const double Tolerance = 5e-5;

    private readonly string _folder = Directory.CreateTempSubdirectory("gal-lora-").FullName;
    private readonly UNet2DConditionModel _unet = ModelFolder.Open(Repository.Golden("sd-mini")).LoadUnet();

    public void Dispose()
    {
        _unet.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("kohya.safetensors")]
    [InlineData("diffusers.safetensors")]
    [InlineData("diffusers-old.safetensors")]
    public void Attach_AnyDialect_MatchesReferenceAtEveryScale(string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var lora = LoraAdapter.Load(Repository.Golden("lora", name), _unet);
        AssertPredicts("eps.base");
        lora.Attach();
        AssertPredicts("eps.scale1.0");
        lora.Scale = 0.5;
        AssertPredicts("eps.scale0.5");
        lora.Detach();
        AssertPredicts("eps.base");
    }

    [Theory]
    [InlineData(1, "eps.scale1.0")]
    [InlineData(0.5, "eps.scale0.5")]
    public void Merge_AnyScale_MatchesReference(double scale, string expected)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var lora = LoraAdapter.Load(Repository.Golden("lora", "kohya.safetensors"), _unet);
        lora.Scale = scale;
        lora.Merge();
        AssertPredicts(expected);
    }

    [Fact]
    public void Attach_TwoAtOnce_AddTheirScales()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var first = LoraAdapter.Load(Repository.Golden("lora", "kohya.safetensors"), _unet);
        using var second = LoraAdapter.Load(Repository.Golden("lora", "diffusers.safetensors"), _unet);
        (first.Scale, second.Scale) = (0.25, 0.75);
        first.Attach();
        second.Attach();
        AssertPredicts("eps.scale1.0");
    }

    [Theory]
    [InlineData("kohya.safetensors", LoraDialect.Kohya)]
    [InlineData("diffusers.safetensors", LoraDialect.Diffusers)]
    [InlineData("diffusers-old.safetensors", LoraDialect.DiffusersOld)]
    public void Save_FromKohya_EqualsTheReferencesFile(string name, LoraDialect dialect)
    {
        using var lora = LoraAdapter.Load(Repository.Golden("lora", "kohya.safetensors"), _unet);
        var path = Path.Combine(_folder, name);
        lora.Save(path, dialect, ScalarType.Float16);
        using var expected = SafetensorsFile.Open(Repository.Golden("lora", name));
        using var actual = SafetensorsFile.Open(path);
        Assert.Equal(expected.Tensors.Keys.Order(StringComparer.Ordinal), actual.Tensors.Keys.Order(StringComparer.Ordinal));
        foreach (var (key, stored) in expected.Tensors)
        {
            using var scope = NewDisposeScope();
            TensorAssert.Close(stored.Read(), actual.Tensors[key].Read(), 0, key);
        }
    }

    [Fact]
    public void Load_RenamedKey_IsAnErrorThatNamesIt()
    {
        using var scope = NewDisposeScope();
        const string key = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn1_to_q.lora_up.weight";
        var path = Path.Combine(_folder, "renamed.safetensors");
        using (var file = SafetensorsFile.Open(Repository.Golden("lora", "kohya.safetensors")))
        {
            SafetensorsWriter.Write(path, file.Tensors.Select(pair => KeyValuePair.Create(pair.Key == key ? "lora_unet_typo.lora_up.weight" : pair.Key, pair.Value.Read())));
        }
        var exception = Assert.Throws<CheckpointMismatchException>(() => LoraAdapter.Load(path, _unet));
        Assert.Equal(["lora_unet_typo.lora_up.weight"], exception.Unexpected);
        Assert.Equal(["unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q: up (B)"], exception.Missing);
    }

    [Fact]
    public void Load_OtherWidth_NamesBothShapes()
    {
        using var scope = NewDisposeScope();
        var path = Path.Combine(_folder, "wide.safetensors");
        SafetensorsWriter.Write(path, new Dictionary<string, Tensor>
        {
            ["unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q.lora_A.weight"] = zeros(4, 320),
            ["unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q.lora_B.weight"] = zeros(64, 4),
        });
        var misshapen = Assert.Single(Assert.Throws<CheckpointMismatchException>(() => LoraAdapter.Load(path, _unet)).Misshapen);
        Assert.Equal("unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q with weight [64, 64]: down [4, 320], up [64, 4]", misshapen);
    }

    [Fact]
    public void Load_ConvolutionAndTextEncoder_AttachedEqualsMerged()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var generator = new Generator(3);
        var text = ModelFolder.Open(Repository.Golden("sd-mini")).LoadTextEncoder();
        var path = Path.Combine(_folder, "conv.safetensors");
        SafetensorsWriter.Write(path, new Dictionary<string, Tensor>
        {
            ["lora_unet_down_blocks_0_downsamplers_0_conv.lora_down.weight"] = randn([2, 32, 3, 3], generator: generator),
            ["lora_unet_down_blocks_0_downsamplers_0_conv.lora_up.weight"] = randn([32, 2, 1, 1], generator: generator),
            ["lora_unet_down_blocks_0_attentions_0_proj_in.lora_down.weight"] = randn([2, 32, 1, 1], generator: generator),
            ["lora_unet_down_blocks_0_attentions_0_proj_in.lora_up.weight"] = randn([32, 2, 1, 1], generator: generator),
            ["lora_te_text_model_encoder_layers_0_mlp_fc1.lora_down.weight"] = randn([2, 32], generator: generator),
            ["lora_te_text_model_encoder_layers_0_mlp_fc1.lora_up.weight"] = randn([128, 2], generator: generator),
        });
        using var lora = LoraAdapter.Load(path, _unet, text);
        lora.Scale = 0.05;
        lora.Attach();
        var (attached, attachedText) = (Predict(), text.call(Golden("input_ids")));
        lora.Detach();
        lora.Merge();
        TensorAssert.Close(attached, Predict(), Tolerance, "eps");
        TensorAssert.Close(attachedText, text.call(Golden("input_ids")), Tolerance, "hidden");
    }

    [Fact]
    public void Create_NewAdapter_ChangesNothingAndTrainsBothMatrices()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        foreach (var parameter in _unet.parameters())
        {
            parameter.requires_grad = false;
        }
        using var lora = LoraAdapter.Create(_unet, rank: 4, alpha: 4, generator);
        lora.Attach();
        Assert.Equal(128, lora.Layers.Count);
        AssertPredicts("eps.base");
        Predict().square().mean().backward();
        Assert.All(lora.Parameters, pair => Assert.NotNull(pair.Value.grad));
    }

    [Fact]
    public void UseDropout_SameGeneratorState_GivesTheSameMasks()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var lora = LoraAdapter.Load(Repository.Golden("lora", "kohya.safetensors"), _unet);
        lora.Attach();
        lora.UseDropout(0.5, new Generator(9));
        var first = Predict();
        lora.UseDropout(0.5, new Generator(9));
        TensorAssert.Close(first, Predict(), 0, "eps");
        lora.UseDropout(0, new Generator(9));
        AssertPredicts("eps.scale1.0");
    }

    private static Tensor Golden(string name) => TensorAssert.Golden("sd-mini-golden", "tensors.safetensors", name);

    private Tensor Predict() => _unet.call(TensorAssert.Golden("lora", "golden.safetensors", "sample"), tensor(400L), Golden("text_hidden")[..1]);

    private void AssertPredicts(string expected)
    {
        using var scope = NewDisposeScope();
        TensorAssert.Close(TensorAssert.Golden("lora", "golden.safetensors", expected), Predict(), Tolerance, expected);
    }
}
