using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Gal.Diffusion.Models.Inference.Kernels;

/// <summary>
/// Words of two bfloat16 numbers that stand sixteen apart in their row. A kernel that has sixteen of the numbers in each of two registers would otherwise take both apart to write them in a row;
/// the other factor of the product that they go into has its rows in the same order.
/// </summary>
internal static class TileWords
{
    /// <summary>Numbers after which the order begins anew.</summary>
    public const int Period = 32;

    /// <summary>Rounds both to nearest, halves away from zero, and makes words of them: number i of <paramref name="low"/> and number i of <paramref name="high"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Of(Vector512<float> low, Vector512<float> high)
    {
        var half = Vector512.Create(0x8000u);
        return (((low.AsUInt32() + half) >> 16) | ((high.AsUInt32() + half) & Vector512.Create(0xFFFF0000u))).AsSingle();
    }
}
