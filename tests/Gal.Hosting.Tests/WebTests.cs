using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Gal.Tests.Services;
using Grpc.Health.V1;

namespace Gal.Hosting.Tests;

public sealed class WebTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task OnePort_ServesGrpcAndThePage()
    {
        await using var service = await StartAsync();
        using var browser = new HttpClient(new SocketsHttpHandler { UseProxy = false });

        var health = await new Health.HealthClient(service.Invoker).CheckAsync(new());
        var page = await browser.GetStringAsync($"{service.Address}/openapi/index.html");
        var description = await browser.GetFromJsonAsync<JsonElement>($"{service.Address}/openapi/v1.json");

        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, health.Status);
        Assert.Contains("swagger", page);
        Assert.StartsWith("3.", description.GetProperty("openapi").GetString());
    }

    [Theory]
    [InlineData("Origin", "http://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Host", "evil.example")]
    public async Task Request_OfAForeignPage_IsRefused(string header, string value)
    {
        await using var service = await StartAsync();
        using var browser = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{service.Address}/openapi/v1.json");
        request.Headers.TryAddWithoutValidation(header, value);

        using var response = await browser.SendAsync(request);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    private Task<RunningService> StartAsync() => BareService.StartAsync(_folder, change: o => o.Address = "http://127.0.0.1:0");
}
