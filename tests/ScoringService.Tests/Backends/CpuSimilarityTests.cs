using Gal.Scoring.Backends;

namespace Gal.Scoring.Tests.Backends;

public sealed class CpuSimilarityTests : IDisposable
{
    private readonly CpuScoringBackend _backend = new("Not asked for.");

    public void Dispose() => _backend.Dispose();

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 1, 128)]
    [InlineData(2, 4, 7)]
    [InlineData(3, 5, 8)]
    [InlineData(9, 19, 33)]
    [InlineData(31, 3, 512)]
    [InlineData(33, 6, 511)]
    [InlineData(180, 19, 768)]
    [InlineData(5, 33, 5000)]
    public void ComputeSimilarities_AnyShape_IsWithin1e6OfDouble(int rowCount, int columnCount, int dimension)
    {
        var (rows, columns) = (Features.Random(rowCount, dimension, 1), Features.Random(columnCount, dimension, 2));

        var actual = Compute(rows, columns, dimension);

        for (var i = 0; i < actual.Length; i++)
        {
            var expected = Features.Cosine(Features.Row(rows, i / columnCount, dimension), Features.Row(columns, i % columnCount, dimension));
            Assert.Equal(expected, actual[i], 1e-6);
        }
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(3, 0)]
    [InlineData(0, 0)]
    public void ComputeSimilarities_NoRowsOrNoColumns_IsEmpty(int rowCount, int columnCount) =>
        Assert.Empty(Compute(new float[rowCount * 16], new float[columnCount * 16], 16));

    [Fact]
    public void ComputeSimilarities_LargeEnoughForTwoThreads_GivesTheSameBitsAsInPieces()
    {
        const int Dimension = 128;
        var (rows, columns) = (Features.Random(4001, Dimension, 3), Features.Random(19, Dimension, 4));

        var whole = Compute(rows, columns, Dimension);

        var pieces = rows.Chunk(7 * Dimension).SelectMany(piece => Compute(piece, columns, Dimension));
        Assert.Equal(whole.Select(BitConverter.SingleToInt32Bits), pieces.Select(BitConverter.SingleToInt32Bits));
    }

    [Fact]
    public void ComputeSimilarities_EqualColumns_TieWhereverTheyStand()
    {
        const int Dimension = 67;
        var (rows, text) = (Features.Random(11, Dimension, 5), Features.Random(1, Dimension, 6));
        float[] columns = [.. text, .. Features.Random(5, Dimension, 7), .. text];

        var similarities = Compute(rows, columns, Dimension);

        Assert.All(similarities.Chunk(7), row => Assert.Equal(row[0], row[6]));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(10)]
    [InlineData(19)]
    public void ComputeSimilarities_OneColumnAloneAndAmongOthers_GivesTheSameBits(int columnCount)
    {
        const int Dimension = 528;
        var (rows, columns) = (Features.Random(9, Dimension, 10), Features.Random(columnCount, Dimension, 11));

        var together = Compute(rows, columns, Dimension);

        for (var j = 0; j < columnCount; j++)
        {
            Assert.Equal(Compute(rows, Features.Row(columns, j, Dimension).ToArray(), Dimension), together.Where((_, i) => i % columnCount == j));
        }
    }

    [Fact]
    public void ComputeSimilarities_RowsBeginAnywhere_NeitherTheirPlaceNorTheirNeighboursMatter()
    {
        const int Dimension = 272;
        var (rows, columns) = (Features.Random(6, Dimension, 12), Features.Random(7, Dimension, 13));
        var expected = Compute(rows, columns, Dimension);

        for (var place = 0; place < 16; place++)
        {
            var memory = new float[place + rows.Length + 16];
            Array.Fill(memory, float.NaN);
            rows.CopyTo(memory, place);
            var actual = new float[expected.Length];
            _backend.ComputeSimilarities(new HostEmbeddings(memory.AsMemory(place, rows.Length), 6, Dimension), Features.Rows(columns, Dimension), actual);
            Assert.Equal(expected, actual);
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    [InlineData(1e30f)]
    public void ComputeSimilarities_ValueWithoutAFiniteSquare_IsNaNInItsRowAndColumnAlone(float value)
    {
        const int Dimension = 24;
        var (rows, columns) = (Features.Random(3, Dimension, 8), Features.Random(6, Dimension, 9));
        rows[Dimension + 23] = value;
        columns[(4 * Dimension) + 2] = value;

        var similarities = Compute(rows, columns, Dimension);

        for (var i = 0; i < similarities.Length; i++)
        {
            Assert.Equal(i / 6 == 1 || i % 6 == 4, float.IsNaN(similarities[i]));
        }
    }

    [Fact]
    public void ComputeSimilarities_ZeroRow_IsZero() =>
        Assert.Equal([0f, 0f], Compute(new float[2 * 10], Features.Random(1, 10, 1), 10));

    [Fact]
    public void ComputeSimilarities_DimensionsDiffer_SaysBoth()
    {
        var error = Assert.Throws<ArgumentException>(() => _backend.ComputeSimilarities(Features.Rows(new float[8], 8), Features.Rows(new float[9], 9), new float[1]));

        Assert.Contains("The rows have 8 features and the columns 9", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ComputeSimilarities_ResultTooSmall_SaysWhatItNeeds()
    {
        var error = Assert.Throws<ArgumentException>(() => _backend.ComputeSimilarities(Features.Rows(new float[16], 8), Features.Rows(new float[8], 8), new float[1]));

        Assert.Contains("room for 1 values; 2 rows and 1 columns make 2", error.Message, StringComparison.Ordinal);
    }

    private float[] Compute(float[] rows, float[] columns, int dimension)
    {
        var similarities = new float[rows.Length / dimension * (columns.Length / dimension)];
        _backend.ComputeSimilarities(Features.Rows(rows, dimension), Features.Rows(columns, dimension), similarities);
        return similarities;
    }
}
