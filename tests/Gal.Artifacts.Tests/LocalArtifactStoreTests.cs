using System.Text;
using FsCheck.Xunit;
using Microsoft.Extensions.Time.Testing;

namespace Gal.Artifacts.Tests;

public sealed class LocalArtifactStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Property(MaxTest = 30)]
    public async Task Put_AnyBytes_AreReadBack(byte[] content)
    {
        var store = new LocalArtifactStore(_folder.Path);
        var id = await store.PutAsync(content, default);
        Assert.Equal(ArtifactId.Of(content), id);
        Assert.Equal(content, await store.ReadAsync(id, default));
        Assert.True(await store.ExistsAsync(id, default));
    }

    [Fact]
    public async Task Put_SameBytesTwice_KeepsOneFile()
    {
        var store = new LocalArtifactStore(_folder.Path);
        Assert.Equal(await store.PutAsync("cat"u8.ToArray(), default), await store.PutAsync("cat"u8.ToArray(), default));
        Assert.Single(_folder.Files("objects"));
        Assert.Empty(_folder.Files("temporary"));
    }

    [Fact]
    public async Task Put_FromEightCallersAtOnce_AllSucceed()
    {
        var store = new LocalArtifactStore(_folder.Path);
        var ids = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Task.Run(() => store.PutAsync(Encoding.UTF8.GetBytes($"image {i % 8}"), default))));
        Assert.Equal(8, ids.Distinct().Count());
        Assert.Equal(8, _folder.Files("objects").Count());
    }

    [Fact]
    public async Task Open_UnknownName_IsNull()
    {
        var store = new LocalArtifactStore(_folder.Path);
        var id = ArtifactId.Of("never stored"u8);
        Assert.Null(await store.OpenAsync(id, default));
        Assert.Null(store.TryGetLocalPath(id));
        Assert.False(await store.ExistsAsync(id, default));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Open_FileChangedOnDisk_IsRefused(bool reopened)
    {
        var store = new LocalArtifactStore(_folder.Path);
        var id = await store.PutAsync("twenty-one bytes here"u8.ToArray(), default);
        var path = store.TryGetLocalPath(id)!;
        File.WriteAllText(path, reopened ? "cut short" : "other twenty-one byte");
        File.SetLastWriteTimeUtc(path, new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        var reader = reopened ? new LocalArtifactStore(_folder.Path) : store;
        var error = await Assert.ThrowsAsync<ArtifactStoreException>(() => reader.OpenAsync(id, default));
        Assert.Equal(ArtifactStoreFailure.Corrupt, error.Failure);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Throws<ArtifactStoreException>(() => reader.TryGetLocalPath(id));
    }

    [Fact]
    public async Task Put_SourceFailsHalfway_LeavesNothing()
    {
        var store = new LocalArtifactStore(_folder.Path);
        await Assert.ThrowsAsync<InvalidDataException>(() => store.PutAsync(new FailingStream(new InvalidDataException("the connection broke"), failOnWrite: false), default));
        Assert.Empty(_folder.Files("objects"));
        Assert.Empty(_folder.Files("temporary"));
    }

    [Fact]
    public async Task Put_Cancelled_LeavesNothing()
    {
        var store = new LocalArtifactStore(_folder.Path);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.PutAsync(new byte[10], new CancellationToken(canceled: true)));
        Assert.Empty(_folder.Files("temporary"));
    }

    [Fact]
    public async Task Put_DiskFull_SaysSoAndKeepsWhatWasThere()
    {
        var kept = await new LocalArtifactStore(_folder.Path).PutAsync("earlier checkpoint"u8.ToArray(), default);

        // 28 is ENOSPC.
        var full = new LocalArtifactStore(_folder.Path, TimeProvider.System, _ => new FailingStream(new IOException("No space left on device", 28), failOnWrite: true));
        var error = await Assert.ThrowsAsync<ArtifactStoreException>(() => full.PutAsync(new byte[1000], default));

        Assert.Equal(ArtifactStoreFailure.DiskFull, error.Failure);
        Assert.Contains(_folder.Path, error.Message, StringComparison.Ordinal);
        Assert.Equal("earlier checkpoint"u8.ToArray(), await full.ReadAsync(kept, default));
        Assert.Single(_folder.Files("objects"));
    }

    [Fact]
    public async Task Put_DiskFullOfTheMachine_IsRecognised()
    {
        if (!OperatingSystem.IsLinux())
        {
            return; // Its always-full device gives the error that a full disk gives; others have none.
        }

        var full = new LocalArtifactStore(_folder.Path, TimeProvider.System, _ => new FileStream("/dev/full", FileMode.Open, FileAccess.Write));
        var error = await Assert.ThrowsAsync<ArtifactStoreException>(() => full.PutAsync(new byte[1_000_000], default));
        Assert.Equal(ArtifactStoreFailure.DiskFull, error.Failure);
    }

    [Fact]
    public void Constructor_FilesOfAKilledProcess_AreRemovedAfterADay()
    {
        _ = new LocalArtifactStore(_folder.Path);
        var abandoned = Path.Combine(_folder.Path, "temporary", "half-a-checkpoint");
        File.WriteAllText(abandoned, "half");
        var time = new FakeTimeProvider(new DateTimeOffset(File.GetLastWriteTimeUtc(abandoned)));

        time.Advance(TimeSpan.FromHours(23));
        _ = new LocalArtifactStore(_folder.Path, time);
        Assert.True(File.Exists(abandoned));

        time.Advance(TimeSpan.FromHours(2));
        _ = new LocalArtifactStore(_folder.Path, time);
        Assert.False(File.Exists(abandoned));
    }

    [Fact]
    public void Name_SameFolder_IsTheSameAndAnotherFoldersDiffers()
    {
        using var other = new TemporaryFolder();
        Assert.Equal(new LocalArtifactStore(_folder.Path).Name, new LocalArtifactStore(_folder.Path).Name);
        Assert.NotEqual(new LocalArtifactStore(_folder.Path).Name, new LocalArtifactStore(other.Path).Name);
    }

    [Fact]
    public async Task Open_WhileTheArtifactIsReplaced_StaysWhole()
    {
        var store = new LocalArtifactStore(_folder.Path);
        var content = new byte[1_000_000];
        var id = await store.PutAsync(content, default);
        await using var reader = await store.OpenAsync(id, default);
        await store.PutAsync(content, default);
        var read = new MemoryStream();
        await reader!.CopyToAsync(read);
        Assert.Equal(id, ArtifactId.Of(read.ToArray()));
    }
}
