using System.Net;
using System.Net.Sockets;
using Gal.Tests.Services;

namespace Gal.Hosting.Tests;

public sealed class ServiceRunnerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task RunAsync_PortInUse_ExitsWithThreeAndSaysWhatToDo()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var address = $"http://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}";

        var (code, output) = await RunAsync("--Address", address);

        Assert.Equal(3, code);
        Assert.StartsWith($"Cannot listen on {address}: another program does.", output);
    }

    [Fact]
    public async Task RunAsync_WrongSettings_ExitsWithTwoAndNamesThemAll()
    {
        var (code, output) = await RunAsync("--Address", "ftp://nowhere", "--QueueCapacity", "0", "--HeartbeatSeconds", "soon");

        Assert.Equal(2, code);
        Assert.Contains("HeartbeatSeconds is \"soon\"; it must be a Int32.", output);
    }

    [Fact]
    public async Task RunAsync_ValuesOutOfRange_AreAllNamed()
    {
        var (code, output) = await RunAsync("--Address", "ftp://nowhere", "--QueueCapacity", "0");

        Assert.Equal(2, code);
        Assert.Contains("Address \"ftp://nowhere\" is neither http://HOST:PORT nor unix:/path.", output);
        Assert.Contains("QueueCapacity must be between 1 and 10000", output);
    }

    [Fact]
    public async Task RunAsync_UnknownSetting_IsNamed()
    {
        var (code, output) = await RunAsync("--Adress", "http://127.0.0.1:0");

        Assert.Equal(2, code);
        Assert.Contains("There is no setting --Adress.", output);
    }

    [Fact]
    public async Task RunAsync_Help_ListsEverySettingWithItsDefault()
    {
        var (code, output) = await RunAsync("--help");

        Assert.Equal(0, code);
        Assert.Contains("--QueueCapacity", output);
        Assert.Contains("default 64", output);
    }

    private async Task<(int Code, string Output)> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        var options = RunningService.Settle(new ServiceHostOptions(), _folder);
        var code = await ServiceRunner.RunAsync("ScoringService", options, o => ServiceHost.Build(ServiceHost.CreateBuilder(o), _ => { }), args, output).DefaultTimeout();
        return (code, output.ToString());
    }
}
