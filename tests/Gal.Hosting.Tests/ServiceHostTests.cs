using Gal.Tests.Services;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Reflection.V1Alpha;

namespace Gal.Hosting.Tests;

public sealed class ServiceHostTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Health_OfARunningService_IsServing()
    {
        await using var service = await BareService.StartAsync(_folder);

        var response = await new Health.HealthClient(service.Invoker).CheckAsync(new());

        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, response.Status);
    }

    [Theory]
    [InlineData("grpc.reflection.v1.ServerReflection")]
    [InlineData("grpc.reflection.v1alpha.ServerReflection")]
    public async Task Reflection_OfEitherVersion_ListsTheServices(string version)
    {
        await using var service = await BareService.StartAsync(_folder);
        // Both versions have the same messages.
        var method = new Method<ServerReflectionRequest, ServerReflectionResponse>(
            MethodType.DuplexStreaming,
            version,
            "ServerReflectionInfo",
            Marshallers.Create(m => Google.Protobuf.MessageExtensions.ToByteArray(m), ServerReflectionRequest.Parser.ParseFrom),
            Marshallers.Create(m => Google.Protobuf.MessageExtensions.ToByteArray(m), ServerReflectionResponse.Parser.ParseFrom));
        using var call = service.Invoker.AsyncDuplexStreamingCall(method, null, default);

        await call.RequestStream.WriteAsync(new() { ListServices = "" });
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None).DefaultTimeout());
        await call.RequestStream.CompleteAsync();

        Assert.Contains("gal.v1.ArtifactService", call.ResponseStream.Current.ListServicesResponse.Service.Select(s => s.Name));
    }

    [Fact]
    public async Task Start_OnASocketThatAKilledServiceLeft_Listens()
    {
        var path = _folder.Combine("left.sock");
        using (var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified))
        {
            socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(path));
        }

        File.WriteAllBytes(path + ".check", []);
        await using var service = await BareService.StartAsync(_folder, change: o => o.Address = $"unix:{path}");

        Assert.Equal($"unix:{path}", service.Address);
        await new Health.HealthClient(service.Invoker).CheckAsync(new());
    }

    [Fact]
    public async Task Start_OnASocketInUse_SaysSoAndLeavesItAlone()
    {
        await using var first = await BareService.StartAsync(_folder);

        var error = await Assert.ThrowsAsync<CannotListenException>(() => BareService.StartAsync(_folder, change: o => o.Address = first.Address));

        Assert.StartsWith("Cannot listen on", error.Message);
        await new Health.HealthClient(first.Invoker).CheckAsync(new());
    }

    [Fact]
    public async Task Log_OfACall_HasMethodStatusAndSizes()
    {
        var log = new CapturedLog();
        await using var service = await BareService.StartAsync(_folder, log);

        await new Health.HealthClient(service.Invoker).CheckAsync(new());

        Assert.Contains(log.Lines, l => l.Message.StartsWith("/grpc.health.v1.Health/Check ended as OK after", StringComparison.Ordinal) && l.Message.Contains("sent 1 of 2 bytes", StringComparison.Ordinal));
    }
}
