using Gal.Cli.RunFiles;
using Gal.Imaging;
using Gal.Tests;

namespace Gal.Cli.Tests.RunFiles;

public sealed class PictureFileTests : IDisposable
{
    private readonly RunFileFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string ProblemWith(byte[] bytes)
    {
        File.WriteAllBytes(_folder.PathOf("cat.png"), bytes);
        return Assert.Single(_folder.Problems(RunFileFolder.Good));
    }

    [Fact]
    public void Read_OnePixel_NamesKeyFileSizeAndLimit()
    {
        var problem = ProblemWith(PngEncoder.Encode(new RgbImage(1, 1, [1, 2, 3])));

        Assert.StartsWith($"line 6: subject.references[0].image: {_folder.PathOf("cat.png")}: The picture has 1 × 1 pixels;", problem);
    }

    [Fact]
    public void Read_HeaderClaims900Megapixels_IsRefusedBeforeDecoding()
    {
        // A good file whose header is rewritten: width and height are the first two numbers of the first chunk.
        var png = File.ReadAllBytes(Repository.Sample("style-watercolor", "reference-1.png"));
        foreach (var offset in new[] { 16, 20 })
        {
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(offset), 30_000);
        }

        Assert.Contains("30000 × 30000 = 900,000,000 pixels", ProblemWith(png));
    }

    [Fact]
    public void Read_CutShort_SaysSo()
    {
        var png = File.ReadAllBytes(Repository.Sample("style-watercolor", "reference-1.png"));

        Assert.Contains("cat.png", ProblemWith(png[..(png.Length / 2)]));
    }

    [Fact]
    public void Read_NoPicture_SaysSo() => Assert.Contains("cat.png", ProblemWith("hello, this is text and no picture"u8.ToArray()));

    [Fact]
    public void Read_Folder_SaysThatItIsOne() => Assert.Contains("is a folder", PictureFile.Read(Path.GetTempPath()).Problem);
}
