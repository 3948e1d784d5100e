// Reads answers of the API in tests: a problem's code, a body of a given shape.
using System.Net.Http.Json;
using System.Text.Json;
using Moderation.Data;

namespace Moderation.IntegrationTests;

public static class Answers
{
    /// <summary>The answer is problem+json with this status and this stable code.</summary>
    public static async Task ShouldBeProblemAsync(this HttpResponseMessage answer, int status, string code)
    {
        var body = await answer.Content.ReadAsStringAsync();
        ((int)answer.StatusCode).ShouldBe(status, body);
        answer.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json");
        JsonDocument.Parse(body).RootElement.GetProperty("code").GetString().ShouldBe(code);
    }

    /// <summary>The answer has this status and a body of this shape.</summary>
    public static async Task<T> ShouldBeAsync<T>(this HttpResponseMessage answer, int status)
    {
        ((int)answer.StatusCode).ShouldBe(status, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<T>(ModerationDb.Json))!;
    }

    public static async Task ShouldBeAsync(this HttpResponseMessage answer, int status) =>
        ((int)answer.StatusCode).ShouldBe(status, await answer.Content.ReadAsStringAsync());

    public static JsonContent Json<T>(T body) => JsonContent.Create(body, options: ModerationDb.Json);
}
