using Gal.Diffusion.Models;
using Gal.Diffusion.Models.Adapters;
using Gal.Diffusion.Weights;
using Gal.Tests;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Models.Adapters;

/// <summary>Custom Diffusion's weights as diffusers writes them (golden/custom-diffusion).</summary>
public sealed class CustomDiffusionWeightsTests : IDisposable
{
    private const double Tolerance = 5e-5;

    private static readonly string GoldenWeights = Repository.Golden("custom-diffusion", "pytorch_custom_diffusion_weights.safetensors");

    private readonly string _folder = Directory.CreateTempSubdirectory("gal-custom-").FullName;
    private readonly UNet2DConditionModel _unet = ModelFolder.Open(Repository.Golden("sd-mini")).LoadUnet();

    public void Dispose()
    {
        _unet.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Load_ReferencesFile_MatchesReference()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        TensorAssert.Close(Golden("eps.none"), Predict(), Tolerance, "eps.none");
        CustomDiffusionWeights.Load(GoldenWeights, _unet);
        TensorAssert.Close(Golden("eps"), Predict(), Tolerance, "eps");
    }

    [Fact]
    public void Save_AfterLoad_GivesTheSameFile()
    {
        var path = Path.Combine(_folder, "custom.safetensors");
        CustomDiffusionWeights.Load(GoldenWeights, _unet);
        CustomDiffusionWeights.Save(path, _unet, ScalarType.Float16);
        Assert.Equal(File.ReadAllBytes(GoldenWeights), File.ReadAllBytes(path));
    }

    [Fact]
    public void Load_OtherKey_IsAnErrorThatNamesItAndChangesNothing()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var path = Path.Combine(_folder, "other.safetensors");
        using (var file = SafetensorsFile.Open(GoldenWeights))
        {
            SafetensorsWriter.Write(path, file.Tensors.Select(pair => KeyValuePair.Create(pair.Key.Replace("mid_block.attentions.0", "mid_block.attentions.1", StringComparison.Ordinal), pair.Value.Read())));
        }
        var exception = Assert.Throws<CheckpointMismatchException>(() => CustomDiffusionWeights.Load(path, _unet));
        Assert.Equal(2, exception.Missing.Count);
        Assert.Equal("mid_block.attentions.1.transformer_blocks.0.attn2.processor.to_k_custom_diffusion.weight", exception.Unexpected[0]);
        TensorAssert.Close(Golden("eps.none"), Predict(), Tolerance, "eps.none");
    }

    [Fact]
    public void ReadModifier_Written_IsTheSame()
    {
        using var scope = NewDisposeScope();
        var path = Path.Combine(_folder, "custom.safetensors");
        var vectors = arange(6, ScalarType.Float32).reshape(2, 3) / 7;
        CustomDiffusionWeights.Save(path, _unet, modifier: ("<new \"1\">", vectors));
        var (token, read) = CustomDiffusionWeights.ReadModifier(path)!.Value;
        Assert.Equal("<new \"1\">", token);
        TensorAssert.Close(vectors, read, 0, "vectors");
        CustomDiffusionWeights.Load(path, _unet);
        Assert.Null(CustomDiffusionWeights.ReadModifier(GoldenWeights));
    }

    [Theory]
    [InlineData("AAAAAA==", "2")] // four bytes for two rows
    [InlineData("not base64", "1")]
    [InlineData("", "1")]
    [InlineData("AAAAAA==", "-1")]
    public void ReadModifier_Damaged_IsRefused(string vectors, string count)
    {
        var path = Path.Combine(_folder, "custom.safetensors");
        using var value = ones(1);
        SafetensorsWriter.Write(path, [KeyValuePair.Create("x", value)], new Dictionary<string, string> { ["modifier_token"] = "<new1>", ["modifier_vectors"] = vectors, ["modifier_vector_count"] = count });
        Assert.Contains("the vectors of its modifier token \"<new1>\" are damaged", Assert.Throws<SafetensorsException>(() => CustomDiffusionWeights.ReadModifier(path)).Message, StringComparison.Ordinal);
    }

    private static Tensor Golden(string name) => TensorAssert.Golden("custom-diffusion", "golden.safetensors", name);

    private Tensor Predict() => _unet.call(Golden("sample"), tensor(300L), Golden("hidden"));
}
