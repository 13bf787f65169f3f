using ManagedCuda;
using ManagedCuda.BasicTypes;

namespace Gal.Cuda.Tests.FakeDriver;

/// <summary>Random rows on the host and, in one of the element types, on the device.</summary>
internal sealed class Matrix : IDisposable
{
    private readonly IDisposable _memory;

    private Matrix(float[] host, IDisposable memory, DeviceMatrix device) => (Host, _memory, Device) = (host, memory, device);

    /// <summary>The values as the element type rounds them.</summary>
    public float[] Host { get; }

    public DeviceMatrix Device { get; }

    /// <summary>Values in [-1, 1); the rows start <paramref name="offset"/> elements after an aligned address.</summary>
    public static Matrix Random(int rowCount, int dimension, int seed, ElementType type = ElementType.Float32, int offset = 0)
    {
        var random = new Random(seed);
        var values = Enumerable.Range(0, rowCount * dimension).Select(_ => Round((float)((random.NextDouble() * 2) - 1), type)).ToArray();
        return Of(values, dimension, type, offset);
    }

    public static Matrix Of(float[] values, int dimension, ElementType type = ElementType.Float32, int offset = 0)
    {
        var padding = new float[offset];
        return type == ElementType.Float32
            ? Upload<float>([.. padding, .. values], values, dimension, type, offset)
            : Upload<ushort>([.. padding.Concat(values).Select(v => Bits(v, type))], values, dimension, type, offset);
    }

    public ReadOnlySpan<float> Row(int index) => Host.AsSpan(index * Device.Dimension, Device.Dimension);

    public static double Cosine(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        double dot = 0, xx = 0, yy = 0;
        for (var k = 0; k < x.Length; k++)
        {
            dot += (double)x[k] * y[k];
            xx += (double)x[k] * x[k];
            yy += (double)y[k] * y[k];
        }

        return dot / Math.Sqrt(xx) / Math.Sqrt(yy);
    }

    public void Dispose() => _memory.Dispose();

    private static Matrix Upload<T>(T[] padded, float[] values, int dimension, ElementType type, int offset)
        where T : unmanaged
    {
        var memory = new CudaDeviceVariable<T>(padded.Length);
        memory.CopyToDevice(padded);
        var address = (ulong)memory.DevicePointer.Pointer + (ulong)(offset * (type == ElementType.Float32 ? 4 : 2));
        return new Matrix(values, memory, new DeviceMatrix(new CUdeviceptr(address), values.Length / dimension, dimension, type));
    }

    private static ushort Bits(float value, ElementType type) =>
        type == ElementType.Float16 ? BitConverter.HalfToUInt16Bits((Half)value) : (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16);

    private static float Round(float value, ElementType type) => type switch
    {
        ElementType.Float16 => (float)(Half)value,
        ElementType.BFloat16 => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(value) & 0xffff0000),
        _ => value,
    };
}
