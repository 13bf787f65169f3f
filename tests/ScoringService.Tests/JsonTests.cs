using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Gal.Tests.Services;

namespace Gal.Scoring.Tests;

public sealed class JsonTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task EmbedTexts_AsJson_IsAnswered()
    {
        var (service, _) = await Host.StartAsync(_folder, new FakeClip(), o => o.Address = "http://127.0.0.1:0");
        await using var stopped = service;
        using var curl = new HttpClient(new SocketsHttpHandler { UseProxy = false });

        using var response = await curl.PostAsJsonAsync($"{service.Address}/v1/texts:embed", new { texts = new[] { "a cat", "a dog" } });

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(2, (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("rowCount").GetInt32());
    }

    [Fact]
    public async Task EmbedTexts_AsJsonWithoutTexts_NamesTheField()
    {
        var (service, _) = await Host.StartAsync(_folder, new FakeClip(), o => o.Address = "http://127.0.0.1:0");
        await using var stopped = service;
        using var curl = new HttpClient(new SocketsHttpHandler { UseProxy = false });

        using var response = await curl.PostAsJsonAsync($"{service.Address}/v1/texts:embed", new { texts = Array.Empty<string>() });

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("texts", await response.Content.ReadAsStringAsync());
    }
}
