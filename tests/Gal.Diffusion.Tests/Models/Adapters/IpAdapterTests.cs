using System.Globalization;
using System.Text.Json;
using Gal.Diffusion.Models;
using Gal.Diffusion.Models.Adapters;
using Gal.Diffusion.Weights;
using Gal.Tests;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Models.Adapters;

/// <summary>IP-Adapter against the reference (golden/ip-adapter).</summary>
public sealed class IpAdapterTests : IDisposable
{
    private const double Tolerance = 5e-5;

    private static readonly string Weights = Repository.Golden("ip-adapter", "ip-adapter.safetensors");

    private readonly UNet2DConditionModel _unet = ModelFolder.Open(Repository.Golden("sd-mini")).LoadUnet();

    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _unet.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void ImageTokens_GoldenEmbeddings_MatchesReference()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var adapter = IpAdapter.Load(Weights, _unet);
        Assert.Equal(48, adapter.EmbeddingSize);
        TensorAssert.Close(Golden("image_tokens"), adapter.ImageTokens(Golden("image_embeds")), Tolerance, "image_tokens");
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.6)]
    [InlineData(1.0)]
    public void Attach_AnyScale_MatchesReference(double scale)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var adapter = IpAdapter.Load(Weights, _unet);
        adapter.Attach(adapter.ImageTokens(Golden("image_embeds")), scale);
        var name = $"eps.scale{scale.ToString("F1", CultureInfo.InvariantCulture)}";
        TensorAssert.Close(Golden(name), Predict(), Tolerance, name);
        adapter.Detach();
        TensorAssert.Close(Golden("eps.none"), Predict(), Tolerance, "eps.none");
    }

    [Fact]
    public void Load_Numbering_IsTheReferences()
    {
        using var order = JsonDocument.Parse(File.ReadAllText(Repository.Golden("ip-adapter", "order.json")));
        using var file = SafetensorsFile.Open(Weights);
        var widths = _unet.state_dict().ToDictionary(pair => pair.Key, pair => pair.Value.shape[0]);
        Assert.All(order.RootElement.EnumerateObject(), pair => Assert.Equal(widths[$"{pair.Value.GetString()}.to_k.weight"], file.Tensors[$"{pair.Name}.to_k_ip.weight"].Shape[0]));
    }

    [Fact]
    public void Load_AnotherArchitecturesFile_NamesWhatDiffers()
    {
        using var emoji = ModelFolder.Open(Repository.EmojiModel).LoadUnet();
        var exception = Assert.Throws<CheckpointMismatchException>(() => IpAdapter.Load(Weights, emoji));
        Assert.Contains(exception.Misshapen, line => line.StartsWith("ip_adapter.1.to_k_ip.weight: expected [64, 128], found [32, 32]", StringComparison.Ordinal));
        Assert.NotEmpty(exception.Unexpected);
    }

    [Fact]
    public void Load_AnotherForm_SaysWhichIsRead()
    {
        using var scope = NewDisposeScope();
        var path = _folder.File("plus.safetensors");
        SafetensorsWriter.Write(path, [KeyValuePair.Create("image_proj.latents", zeros(1, 16, 32)), KeyValuePair.Create("ip_adapter.1.to_k_ip.weight", zeros(32, 32))]);
        Assert.Contains("it is of another form (Plus, Full Face, FaceID)", Assert.Throws<SafetensorsException>(() => IpAdapter.ReadEmbeddingSize(path)).Defect, StringComparison.Ordinal);
    }

    [Fact]
    public void ClipVisionModel_FromBothTowers_GivesClipsFeatures()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var generator = new Generator(2);
        var pixels = randn([1, 3, 224, 224], generator: generator);
        var folder = Repository.Golden("clip-mini");
        TensorAssert.Close(ModelFolder.LoadClip(folder).ImageFeatures(pixels), ClipVisionModel.Load(Path.Combine(folder, "config.json"), folder).call(pixels), 0, "image_features");
    }

    private static Tensor Golden(string name) => TensorAssert.Golden("ip-adapter", "golden.safetensors", name);

    private Tensor Predict() => _unet.call(Golden("sample"), tensor(300L), Golden("hidden"));
}
