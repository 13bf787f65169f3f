using Gal.Cli.Pictures;
using Gal.Imaging;

namespace Gal.Cli.Tests.Pictures;

public sealed class ContactSheetTests
{
    private static RgbImage Plain(byte value) => new(2, 2, [.. Enumerable.Repeat(value, 12)]);

    [Fact]
    public void Of_TwoRows_PutsEachPictureInItsCell()
    {
        var sheet = ContactSheet.Of([[Plain(1), Plain(2)], [Plain(3)]]);

        Assert.Equal((16, 16), (sheet.Width, sheet.Height));
        byte At(int x, int y) => sheet.Pixels[((y * sheet.Width) + x) * 3];
        Assert.Equal([1, 2, 3, 255, 255], new[] { At(4, 4), At(11, 5), At(4, 11), At(11, 11), At(0, 0) });
    }
}
