using Gal.Diffusion.Models;
using Gal.Diffusion.Models.Adapters;
using Gal.Diffusion.Pipelines;
using Gal.Diffusion.Schedulers;
using Gal.Diffusion.Weights;
using Gal.Imaging;
using Gal.Tests;
using Gal.Tests.Models;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Pipelines;

/// <summary>The pipeline with checkpoints of every kind and with users' adapters, on golden/sd-mini.</summary>
public sealed class AdaptedPipelineTests : IDisposable
{
    private static readonly string Lora = Repository.Golden("lora", "kohya.safetensors");
    private static readonly string Custom = Repository.Golden("custom-diffusion", "pytorch_custom_diffusion_weights.safetensors");
    private static readonly string Words = Repository.Golden("embeddings", "learned_embeds.safetensors");
    private static readonly string IpAdapterFile = Repository.Golden("ip-adapter", "ip-adapter.safetensors");

    private readonly string _folder = Directory.CreateTempSubdirectory("gal-adapted-").FullName;
    private readonly StableDiffusionPipeline _pipeline = StableDiffusionPipeline.Load(Repository.Golden("sd-mini"));

    public void Dispose()
    {
        _pipeline.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void UseWeights_LoraAsCheckpoint_DrawsAsTheMergedUnet()
    {
        _pipeline.UseWeights(MergedUnet(Lora, 1));
        var expected = Draw();
        _pipeline.UseWeights(Lora);
        AssertSame(expected, Draw());
        AssertOther(expected, () => _pipeline.UseWeights(null));
    }

    [Fact]
    public void UseWeights_TwoLorasWithScales_AddUp()
    {
        _pipeline.UseWeights(MergedUnet(Lora, 1));
        var expected = Draw();
        _pipeline.UseWeights(null, [new AdapterFile(Lora, 0.25), new AdapterFile(Lora, 0.75)]);
        AssertSame(expected, Draw());
    }

    [Fact]
    public void UseWeights_CustomDiffusionAndLora_AreBothSeen()
    {
        using (var unet = ModelFolder.Open(Repository.Golden("sd-mini")).LoadUnet())
        {
            CustomDiffusionWeights.Load(Custom, unet);
            SafetensorsWriter.Write(Path.Combine(_folder, "custom.safetensors"), unet.state_dict());
        }

        _pipeline.UseWeights(Path.Combine(_folder, "custom.safetensors"), [new AdapterFile(Lora)]);
        var expected = Draw();

        // Whatever the order: what replaces comes before what is added.
        _pipeline.UseWeights(null, [new AdapterFile(Lora), new AdapterFile(Custom)]);
        AssertSame(expected, Draw());
        _pipeline.UseWeights(Custom, [new AdapterFile(Lora)]);
        AssertSame(expected, Draw());
    }

    [Fact]
    public void UseWeights_TextualInversion_TeachesTheWordUntilItIsTakenAway()
    {
        const string prompt = "a photo of <cat-toy>";
        var without = Draw(prompt);
        var ids = _pipeline.Tokenizer.Encode(prompt).Count;
        _pipeline.UseWeights(Words);
        Assert.Equal("a photo of".Split(' ').Length + 2 + 3, _pipeline.Tokenizer.Encode(prompt).Count);
        AssertOther(without, prompt);
        _pipeline.UseWeights(null);
        Assert.Equal(ids, _pipeline.Tokenizer.Encode(prompt).Count);
        AssertSame(without, Draw(prompt));
    }

    [Fact]
    public void UseWeights_CustomDiffusionWithModifierToken_TeachesTheWord()
    {
        var path = Path.Combine(_folder, "modifier.safetensors");
        using (var unet = ModelFolder.Open(Repository.Golden("sd-mini")).LoadUnet())
        using (var vectors = TextualInversionFile.Read(Words).Vectors)
        {
            SafetensorsFileWithModifier(path, unet, vectors);
        }

        const string prompt = "a <new1> cat";
        _pipeline.UseWeights(Custom);
        var without = Draw(prompt);
        _pipeline.UseWeights(path);
        Assert.Equal(2 + 2 + 3, _pipeline.Tokenizer.Encode(prompt).Count);
        AssertOther(without, prompt);
        _pipeline.UseWeights(Custom);
        AssertSame(without, Draw(prompt));
    }

    [Fact]
    public void UseWeights_TokenGiven_IsTheWord()
    {
        _pipeline.UseWeights(null, [new AdapterFile(Repository.Golden("embeddings", "a1111.safetensors"), Token: "<toy>")]);
        Assert.Equal(2 + 3, _pipeline.Tokenizer.Encode("<toy>").Count);
    }

    [Fact]
    public void UseWeights_AdapterOfAnotherArchitecture_LeavesTheModelsOwn()
    {
        using var pipeline = StableDiffusionPipeline.Load(Repository.EmojiModel);
        var item = new SamplingRequest([new("a chair", "", 3)], SchedulerKind.Euler, 1, 4, 64, 64);
        var before = pipeline.Sample(item)[0].Pixels;
        Assert.NotEmpty(Assert.Throws<CheckpointMismatchException>(() => pipeline.UseWeights(null, [new AdapterFile(Lora)])).Unexpected);
        Assert.Contains("expected [count, 128], found [3, 32]", Assert.Throws<CheckpointMismatchException>(() => pipeline.UseWeights(Words)).Message, StringComparison.Ordinal);
        Assert.NotEmpty(Assert.Throws<CheckpointMismatchException>(() => pipeline.UseWeights(null, [new AdapterFile(Custom)])).Misshapen);
        Assert.Equal(before, pipeline.Sample(item)[0].Pixels);
    }

    [Fact]
    public void UseWeights_IpAdapter_SaysThatItNeedsAPicture() =>
        Assert.Contains("an IP-Adapter needs a picture", Assert.Throws<SafetensorsException>(() => _pipeline.UseWeights(null, [new AdapterFile(IpAdapterFile)])).Message, StringComparison.Ordinal);

    [Fact]
    public void Sample_IpAdapterWithoutVisionTower_SaysWhereToPutOne()
    {
        var exception = Assert.Throws<ModelConfigException>(() => Draw(picture: new PicturePrompt(IpAdapterFile, Photo(0))));
        Assert.Contains("image_encoder", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sample_IpAdapterAndPicture_DrawsAfterThePicture()
    {
        var model = Path.Combine(_folder, "with-encoder");
        ModelFolder.Open(Repository.Golden("sd-mini")).SaveAs(model);
        MiniVisionTower.Write(Path.Combine(model, "image_encoder"));
        using var pipeline = StableDiffusionPipeline.Load(model);
        IReadOnlyList<byte> Drawn(PicturePrompt? picture, params SamplingItem[] items) =>
            [.. pipeline.Sample(new SamplingRequest([new("a cat", "", 3), .. items], SchedulerKind.Euler, 2, 4, 64, 64) { Picture = picture })[0].Pixels];

        var without = Drawn(null);
        var first = Drawn(new PicturePrompt(IpAdapterFile, Photo(0)));
        Assert.NotEqual(without, first);
        Assert.NotEqual(first, Drawn(new PicturePrompt(IpAdapterFile, Photo(1))));
        Assert.Equal(without, Drawn(new PicturePrompt(IpAdapterFile, Photo(0), Scale: 0)));
        Assert.InRange(first.Zip(Drawn(new PicturePrompt(IpAdapterFile, Photo(0)), new SamplingItem("a dog", "", 4)), (a, b) => Math.Abs(a - b)).Max(), 0, 1);

        // An encoder elsewhere is as good as the model's own.
        var elsewhere = ImageEncoderFiles.In(Path.Combine(model, "image_encoder"));
        Assert.Equal(first, Draw(picture: new PicturePrompt(IpAdapterFile, Photo(0), ImageEncoder: elsewhere)));

        // Weights that change under the adapter do not detach it.
        pipeline.UseWeights(Lora);
        Assert.NotEqual(Drawn(null), Drawn(new PicturePrompt(IpAdapterFile, Photo(0))));
    }

    [Fact]
    public void Sample_IpAdapterInBFloat16_DrawsAlmostTheSame()
    {
        var picture = new PicturePrompt(IpAdapterFile, Photo(0), ImageEncoder: ImageEncoderFiles.In(MiniVisionTower.Write(Path.Combine(_folder, "encoder"))));
        using var pipeline = StableDiffusionPipeline.Load(Repository.Golden("sd-mini"), new PipelineOptions(Dtype: ComputeDtype.BFloat16));
        var request = new SamplingRequest([new("a cat", "", 3)], SchedulerKind.Euler, 2, 4, 64, 64);

        double Difference(byte[] a, byte[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Average();
        var (full, half) = (Draw(picture: picture), pipeline.Sample(request with { Picture = picture })[0].Pixels.ToArray());
        Assert.True(Difference(full, half) < Difference(full, Draw()) / 4, $"{Difference(full, half)} of {Difference(full, Draw())}");
    }

    private static RgbImage Photo(int number) => ImageDecoder.Decode(File.ReadAllBytes(Repository.Golden("clip-mini-golden", $"image-{number}.png")), ImageLimits.Default);

    private static void SafetensorsFileWithModifier(string path, UNet2DConditionModel unet, Tensor vectors)
    {
        CustomDiffusionWeights.Load(Custom, unet);
        CustomDiffusionWeights.Save(path, unet, modifier: ("<new1>", vectors));
    }

    private static void AssertSame(IReadOnlyList<byte> expected, IReadOnlyList<byte> found) => Assert.InRange(expected.Zip(found, (a, b) => Math.Abs(a - b)).Max(), 0, 1);

    private void AssertOther(IReadOnlyList<byte> before, string prompt) => Assert.NotEqual(before, Draw(prompt));

    private void AssertOther(IReadOnlyList<byte> before, Action change)
    {
        change();
        Assert.NotEqual(before, Draw());
    }

    private string MergedUnet(string lora, double scale)
    {
        var path = Path.Combine(_folder, "merged.safetensors");
        using UNet2DConditionModel unet = ModelFolder.Open(Repository.Golden("sd-mini")).LoadUnet();
        using var adapter = LoraAdapter.Load(lora, unet);
        adapter.Scale = scale;
        adapter.Merge();
        SafetensorsWriter.Write(path, unet.state_dict());
        return path;
    }

    private byte[] Draw(string prompt = "a cat", PicturePrompt? picture = null) =>
        _pipeline.Sample(new SamplingRequest([new(prompt, "", 3)], SchedulerKind.Euler, 2, 4, 64, 64) { Picture = picture })[0].Pixels.ToArray();
}
