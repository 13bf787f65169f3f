using System.Text.Json;
using Gal.Tests;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Schedulers;

/// <summary>libtorch's CPU generator gives PyTorch's streams; seeds of images and trainings rest on that.</summary>
public class GeneratorTests
{
    public static TheoryData<int> Streams => [.. Enumerable.Range(0, Read().GetArrayLength())];

    [Theory]
    [MemberData(nameof(Streams))]
    public void Draws_EachSeed_EqualReference(int index)
    {
        using var scope = NewDisposeScope();
        var stream = Read()[index];
        Generator Fresh() => new((ulong)stream.GetProperty("seed").GetInt64());
        foreach (var size in new[] { 4, 15, 16 })
        {
            Assert.Equal(Floats(stream.GetProperty($"randn{size}")), randn(size, generator: Fresh()).data<float>().ToArray());
        }

        var large = randn([1, 4, 64, 64], generator: Fresh()).data<float>().ToArray();
        Assert.Equal(Floats(stream.GetProperty("randn1x4x64x64").GetProperty("first16")), large[..16]);
        Assert.Equal(Floats(stream.GetProperty("randn1x4x64x64").GetProperty("last16")), large[^16..]);
        Assert.Equal(Longs(stream.GetProperty("randint1000")), randint(0, 1000, 8, int64, generator: Fresh()).data<long>().ToArray());
        Assert.Equal(Longs(stream.GetProperty("randperm10")), randperm(10, int64, generator: Fresh()).data<long>().ToArray());
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void Draws_InSequence_EqualReference(int index)
    {
        using var scope = NewDisposeScope();
        var stream = Read()[index];
        using var generator = new Generator((ulong)stream.GetProperty("seed").GetInt64());
        var expected = stream.GetProperty("sequence");
        Assert.Equal(Floats(expected[0]), randn([1, 4, 16, 16], generator: generator).data<float>().ToArray()[..4]);
        Assert.Equal(Longs(expected[1]), randint(0, 1000, 3, int64, generator: generator).data<long>().ToArray());
        Assert.Equal(Floats(expected[2]), rand(3, generator: generator).data<float>().ToArray());
        Assert.Equal(Floats(expected[3]), randn(5, generator: generator).data<float>().ToArray());
        Assert.Equal(Longs(expected[4]), randperm(7, int64, generator: generator).data<long>().ToArray());
    }

    private static JsonElement Read() => JsonDocument.Parse(File.ReadAllBytes(Repository.Golden("generator", "streams.json"))).RootElement;

    private static float[] Floats(JsonElement values) => [.. values.EnumerateArray().Select(v => v.GetSingle())];

    private static long[] Longs(JsonElement values) => [.. values.EnumerateArray().Select(v => v.GetInt64())];
}
