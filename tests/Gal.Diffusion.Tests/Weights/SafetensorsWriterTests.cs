using Gal.Diffusion.Weights;
using Gal.Tests;
using static TorchSharp.torch;

namespace Gal.Diffusion.Tests.Weights;

public sealed class SafetensorsWriterTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("gal-writer-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("safetensors-files", "good.safetensors")]
    [InlineData("sd-mini-forms", "text-encoder-no-prefix.safetensors")]
    [InlineData("emoji", "tensors.safetensors")]
    public void Write_WhatWasRead_GivesTheSameBytes(string section, string name)
    {
        using var scope = NewDisposeScope();
        var source = Repository.Golden(section, name);
        var copy = Path.Combine(_folder, name);
        using (var file = SafetensorsFile.Open(source))
        {
            SafetensorsWriter.Write(copy, file.Tensors.Select(pair => KeyValuePair.Create(pair.Key, pair.Value.Read())), file.Metadata);
        }
        Assert.Equal(File.ReadAllBytes(source), File.ReadAllBytes(copy));
    }

    [Fact]
    public void Write_StridedTensor_StoresItsOwnOrder()
    {
        using var scope = NewDisposeScope();
        var transposed = arange(6, dtype: ScalarType.Float32).view(2, 3).t();
        var path = Path.Combine(_folder, "strided.safetensors");
        SafetensorsWriter.Write(path, [KeyValuePair.Create("x", transposed)]);
        using var file = SafetensorsFile.Open(path);
        TensorAssert.Close(transposed, file.Tensors["x"].Read(), 0, "x");
    }

    [Fact]
    public void Write_FolderMissing_LeavesNothingBehind()
    {
        using var value = ones(2);
        Assert.Throws<DirectoryNotFoundException>(() => SafetensorsWriter.Write(Path.Combine(_folder, "absent", "x.safetensors"), [KeyValuePair.Create("x", value)]));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public void Write_FailsMidway_KeepsTheEarlierFile()
    {
        using var value = ones(2);
        var path = Path.Combine(_folder, "kept.safetensors");
        SafetensorsWriter.Write(path, [KeyValuePair.Create("x", value)]);
        var before = File.ReadAllBytes(path);
        var disposed = ones(2);
        disposed.Dispose();
        Assert.ThrowsAny<Exception>(() => SafetensorsWriter.Write(path, [KeyValuePair.Create("x", disposed)]));
        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Single(Directory.EnumerateFileSystemEntries(_folder));
    }
}
