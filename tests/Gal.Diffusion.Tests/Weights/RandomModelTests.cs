using Gal.Diffusion.Models;
using Gal.Diffusion.Weights;
using Gal.Tests;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Weights;

public sealed class RandomModelTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gal-random-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Write_MiniSizes_GivesAModelThatRunsAndTheSameBytesAgain()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (first, second) = (Path.Combine(_folder, "first"), Path.Combine(_folder, "second"));
        Write(first);
        Write(second);
        var unet = File.ReadAllBytes(Path.Combine(first, "unet", "diffusion_pytorch_model.safetensors"));
        Assert.Equal(unet, File.ReadAllBytes(Path.Combine(second, "unet", "diffusion_pytorch_model.safetensors")));
        var model = ModelFolder.Open(first);
        using var generator = new Generator(1);
        var hidden = model.LoadTextEncoder().call(zeros([1, 77], ScalarType.Int64));
        var epsilon = model.LoadUnet().call(randn([1, 4, 16, 16], generator: generator), tensor(500L), hidden);
        var picture = model.LoadVae().Decode(epsilon);
        Assert.True(picture.isfinite().all().item<bool>());
        Assert.InRange(epsilon.std().item<float>(), 0.01f, 100f);
    }

    [Fact]
    public void StableDiffusion15_Configurations_GiveItsParameterCounts()
    {
        StableDiffusion15.WriteConfigurations(_folder);
        var model = ModelFolder.Open(_folder);
        Assert.Equal(859_520_964, Count(new UNet2DConditionModel(model.Unet)));
        Assert.Equal(83_653_863, Count(new AutoencoderKl(model.Vae)));
        Assert.Equal(123_060_480, Count(new ClipTextModel(model.TextEncoder)));
        Assert.Equal(859_520_964 + 83_653_863 + 123_060_480, StableDiffusion15.ValueCount);
    }

    private static void Write(string folder)
    {
        ModelFolder.Open(Repository.Golden("sd-mini")).CopyWithoutWeights(folder);
        RandomModel.WriteWeights(folder, seed: 7);
    }

    private static long Count(nn.Module model)
    {
        using (model)
        {
            return model.parameters().Sum(parameter => parameter.numel());
        }
    }
}
