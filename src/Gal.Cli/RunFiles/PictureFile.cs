using Gal.Imaging;

namespace Gal.Cli.RunFiles;

/// <summary>Reads picture files that a user names, and says what is wrong with them before anything is started.</summary>
internal static class PictureFile
{
    /// <summary>The file's bytes, or what is wrong with it: missing, no picture, damaged, too small or too large.</summary>
    public static (byte[] Bytes, string? Problem) Read(string path)
    {
        var full = Path.GetFullPath(path);
        try
        {
            var bytes = File.ReadAllBytes(full);
            ImageDecoder.Decode(bytes, ImageLimits.Reference);
            return (bytes, null);
        }
        catch (ImageFormatException exception)
        {
            return ([], $"{full}: {exception.Message}");
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return ([], $"there is no file {full}.");
        }
        catch (UnauthorizedAccessException) when (Directory.Exists(full))
        {
            return ([], $"{full} is a folder; name a picture.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return ([], $"{full} cannot be read ({exception.Message}).");
        }
    }
}
