using Gal.Hosting.Clients;
using Gal.Tests.Services;
using Grpc.Core;
using Grpc.Health.V1;

namespace Gal.Hosting.Tests.Clients;

public sealed class ServiceChannelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("http://127.0.0.1:1")]
    [InlineData("unix:/nowhere/at/all.sock")]
    public async Task Call_ServiceThatIsNotThere_SaysWhichAddressAndWhatToStart(string address)
    {
        using var connection = ServiceChannel.Open(address, "scoring");

        var error = await CallErrors.OfAsync(() => new Health.HealthClient(connection.Invoker).CheckAsync(new()).ResponseAsync);

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Equal($"No scoring service answers at {address}. Start it with \"gal serve scoring\", or correct the address.", error.Status.Detail);
    }

    [Fact]
    public async Task Call_TwoReplicasOneOfThemGone_IsAnsweredByTheOther()
    {
        await using var there = await BareService.StartAsync(_folder, change: o => o.Address = "http://127.0.0.1:0");
        using var connection = ServiceChannel.Open($"http://127.0.0.1:1,{there.Address}", "scoring");

        for (var i = 0; i < 10; i++)
        {
            await new Health.HealthClient(connection.Invoker).CheckAsync(new()).ResponseAsync.DefaultTimeout();
        }
    }
}
