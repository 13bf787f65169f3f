using System.Buffers.Binary;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Gal.Diffusion.Weights;
using Gal.Tests;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Weights;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gal-safetensors-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Open_GoodFile_ReadsEveryTypeAndTheMetadata()
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(Repository.Golden("safetensors-files", "good.safetensors"));
        Assert.Equal("mixed types", file.Metadata["note"]);
        Assert.Equal([3L, 4L], file.Tensors["a"].Shape);
        Assert.Equal("F32", file.Tensors["a"].Dtype);
        Assert.Equal(ScalarType.Int64, file.Tensors["d"].Read().dtype);
        Assert.Equal(0, file.Tensors["empty"].Read().numel());
        foreach (var tensor in file.Tensors.Values)
        {
            Assert.Equal(tensor.Shape, tensor.Read(ScalarType.Float64).shape);
        }
    }

    [Theory]
    [InlineData("bad-duplicate-key.safetensors", "\"a\" is listed twice")]
    [InlineData("bad-empty-file.safetensors", "the file is empty")]
    [InlineData("bad-header-length-2-63.safetensors", "claims 9223372036854775816 bytes; the limit is 100000000")]
    [InlineData("bad-header-longer-than-file.safetensors", "claims 1000000 bytes, but only 61 follow")]
    [InlineData("bad-hole.safetensors", "4 bytes before tensor \"b\" belong to no tensor")]
    [InlineData("bad-negative-shape.safetensors", "has -2 in shape")]
    [InlineData("bad-not-json.safetensors", "not valid JSON")]
    [InlineData("bad-not-utf8.safetensors", "not valid UTF-8")]
    [InlineData("bad-offsets-reversed.safetensors", "ends at 0 before it begins at 8")]
    [InlineData("bad-overlap.safetensors", "\"b\" overlaps tensor \"a\" by 4 bytes")]
    [InlineData("bad-pickle.safetensors", "pickled PyTorch file")]
    [InlineData("bad-seven-bytes.safetensors", "the file has 7 bytes")]
    [InlineData("bad-shape-does-not-match-bytes.safetensors", "shape [3] and type F32 takes 12 bytes, but 8 are given")]
    [InlineData("bad-shape-overflow.safetensors", "more elements than can be counted")]
    [InlineData("bad-short-buffer.safetensors", "ends at byte 8, but there are only 4 bytes of data")]
    [InlineData("bad-trailing-bytes.safetensors", "4 bytes follow the last tensor")]
    [InlineData("bad-unknown-dtype.safetensors", "unknown dtype \"Q7\"")]
    public void Open_DamagedFile_NamesFileAndDefect(string name, string defect)
    {
        var exception = Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(Repository.Golden("safetensors-files", name)));
        Assert.Contains(defect, exception.Defect, StringComparison.Ordinal);
        Assert.Contains(name, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_MissingFile_SaysWhich()
    {
        var path = Path.Combine(_folder, "absent.safetensors");
        Assert.Contains(path, Assert.Throws<FileNotFoundException>(() => SafetensorsFile.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AfterDispose_IsRefused()
    {
        var file = SafetensorsFile.Open(Repository.Golden("safetensors-files", "good.safetensors"));
        var tensor = file.Tensors["a"];
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => tensor.Read());
    }

    [Fact]
    public void Parse_DamagedBytes_OnlyEverThrowsItsOwnException()
    {
        var good = File.ReadAllBytes(Repository.Golden("safetensors-files", "good.safetensors"));
        var mutation = from place in Gen.Choose(0, good.Length - 1) from value in Gen.Choose(0, 255) select (place, value);
        var damaged = from mutations in Gen.ListOf(mutation) from length in Gen.Choose(0, good.Length) select Damage(good, mutations, length);
        Prop.ForAll(damaged.ToArbitrary(), ParsesOrRefuses).Check(Config.QuickThrowOnFailure.WithMaxTest(CaseCount));
    }

    [Fact]
    public void Parse_AnyText_OnlyEverThrowsItsOwnException()
    {
        var pieces = Gen.Elements("{", "}", "[", "]", ":", ",", "\"a\"", "\"dtype\"", "\"shape\"", "\"data_offsets\"", "\"F32\"", "\"__metadata__\"", "0", "8", "-1", "1e9", "9223372036854775807", "null", " ", "\\u0000", "\u00e9");
        var headers = Gen.ListOf(pieces).Select(parts => WithLength(Encoding.UTF8.GetBytes(string.Concat(parts))));
        Prop.ForAll(headers.ToArbitrary(), ParsesOrRefuses).Check(Config.QuickThrowOnFailure.WithMaxTest(CaseCount));
    }

    // GAL_FUZZ_CASES=1000000 takes some minutes; the default keeps the test run short.
    private static int CaseCount => int.TryParse(Environment.GetEnvironmentVariable("GAL_FUZZ_CASES"), out var count) ? count : 20_000;

    private static bool ParsesOrRefuses(byte[] bytes)
    {
        try
        {
            var header = SafetensorsHeader.Parse("fuzzed", bytes.Length, bytes);
            return header.Entries.Values.All(entry => entry.Begin >= 0 && entry.End <= bytes.Length - header.DataStart);
        }
        catch (SafetensorsException)
        {
            return true;
        }
    }

    private static byte[] Damage(byte[] good, IEnumerable<(int Place, int Value)> mutations, int length)
    {
        var bytes = (byte[])good.Clone();
        foreach (var (place, value) in mutations.Take(8))
        {
            bytes[place] = (byte)value;
        }
        // Every fourth case is cut off as well.
        return length % 4 == 0 ? bytes[..length] : bytes;
    }

    private static byte[] WithLength(byte[] json)
    {
        var bytes = new byte[8 + json.Length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, json.Length);
        json.CopyTo(bytes, 8);
        return bytes;
    }
}
