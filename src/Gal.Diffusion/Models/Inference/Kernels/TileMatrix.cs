using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gal.Diffusion.Models.Inference.Kernels;

/// <summary>A layer's weights for <see cref="TileProduct"/>: [blocks, in / numbers a word, <see cref="BlockWidth"/>] words, so that what one product reads lies together.</summary>
internal unsafe struct TileMatrix
{
    /// <summary>The most outputs in a block.</summary>
    public const int WidestBlock = 64;

    /// <summary>The words.</summary>
    public uint* Words;

    /// <summary>[out] float32, or null.</summary>
    public float* Bias;

    /// <summary>Numbers of a row that goes in.</summary>
    public int In;

    /// <summary>Numbers of a row that comes out.</summary>
    public int Out;

    /// <summary>Outputs in a block; it divides <see cref="Out"/>.</summary>
    public int BlockWidth;

    /// <summary>The widest block of at most <see cref="WidestBlock"/> outputs: a power of two, so that where several layers stand one after the other no block reaches over two.</summary>
    /// <param name="outCount">Outputs, a multiple of 16.</param>
    public static int ChooseBlockWidth(int outCount) => outCount % WidestBlock == 0 ? WidestBlock : outCount % 32 == 0 ? 32 : 16;

    /// <summary>c ← a W, or c ← c + a W, for the outputs of one block.</summary>
    /// <param name="block">Which.</param>
    /// <param name="a">[rows, in].</param>
    /// <param name="aStride">Elements from row to row.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="c">[rows, block's width] float32.</param>
    /// <param name="cStride">Elements from row to row.</param>
    /// <param name="adds">Whether c is added to.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Multiply<TSimd>(int block, byte* a, int aStride, int rows, float* c, int cStride, bool adds)
        where TSimd : ISimd<Vector512<float>> =>
        TileProduct.Multiply<TSimd>(rows, BlockWidth, In, a, aStride, Words + ((nint)block * In / TileProduct.NumbersAWord<TSimd>() * BlockWidth), BlockWidth, c, cStride, adds);

    /// <summary>c ← c + a W for the outputs of one block and some of the inputs.</summary>
    /// <param name="block">Which.</param>
    /// <param name="first">The first input, a multiple of the numbers a word.</param>
    /// <param name="count">How many, likewise.</param>
    /// <param name="a">[rows, count].</param>
    /// <param name="aStride">Elements from row to row.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="c">[rows, block's width] float32.</param>
    /// <param name="cStride">Elements from row to row.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void MultiplyPart<TSimd>(int block, int first, int count, byte* a, int aStride, int rows, float* c, int cStride)
        where TSimd : ISimd<Vector512<float>> =>
        TileProduct.Multiply<TSimd>(
            rows, BlockWidth, count, a, aStride, Words + ((((nint)block * In) + first) / TileProduct.NumbersAWord<TSimd>() * BlockWidth), BlockWidth, c, cStride, adds: true);
}
