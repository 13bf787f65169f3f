using Gal.Diffusion.Pipelines;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Pipelines;

public class PictureTensorsTests
{
    [Fact]
    public void ToPictures_OneAllBlack_NamesItAndSaysWhatToDo()
    {
        using var scope = NewDisposeScope();
        var decoded = rand([3, 3, 8, 8], generator: new Generator(1));
        decoded[1].fill_(-1.5f);
        var exception = Assert.Throws<SamplingException>(() => PictureTensors.ToPictures(decoded, index => $"Picture {index}"));
        Assert.StartsWith("Picture 1 came out all black. Sample in float32", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToPictures_DarkButNotBlack_IsAPicture()
    {
        using var scope = NewDisposeScope();
        var decoded = full([1, 3, 8, 8], -1f);
        decoded[0, 2, 7, 7] = -0.9f;
        Assert.Equal(13, PictureTensors.ToPictures(decoded, index => $"{index}")[0].Pixels[^1]);
    }
}
