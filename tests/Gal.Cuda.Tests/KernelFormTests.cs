using ManagedCuda.BasicTypes;

namespace Gal.Cuda.Tests;

public class KernelFormTests
{
    [Theory]
    [InlineData(512, 0x1000, ElementType.Float32, "f32_v4")]
    [InlineData(4, 0x1010, ElementType.Float32, "f32_v4")]
    [InlineData(510, 0x1000, ElementType.Float32, "f32_v1")]
    [InlineData(512, 0x1008, ElementType.Float32, "f32_v1")]
    [InlineData(512, 0x1008, ElementType.Float16, "f16_v4")]
    [InlineData(512, 0x1004, ElementType.BFloat16, "bf16_v1")]
    public void Any_DimensionAndAddress_ChoosesLoadsThatAreAligned(int dimension, ulong address, ElementType type, string expected) =>
        Assert.Equal(expected, KernelForm.Any(new DeviceMatrix(new CUdeviceptr(address), 1, dimension, type)));

    [Fact]
    public void Any_OneMatrixIsNotAligned_LoadsSingleElementsOfAll()
    {
        var aligned = new DeviceMatrix(new CUdeviceptr(0x1000UL), 1, 8, ElementType.Float32);
        var shifted = aligned with { Address = new CUdeviceptr(0x1004UL) };

        Assert.Equal("f32_v1", KernelForm.Any(aligned, shifted));
        Assert.Equal("f32_v1", KernelForm.Any(shifted, aligned));
    }

    [Theory]
    [InlineData(128, 4)]
    [InlineData(512, 4)]
    [InlineData(768, 2)]
    [InlineData(1024, 2)]
    [InlineData(256, 0)]
    public void RowsPerWarp_WidthsWithAKernelOfTheirOwn_AreKnown(int dimension, int expected) => Assert.Equal(expected, KernelForm.RowsPerWarp(dimension));
}
