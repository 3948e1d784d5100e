// How staff come in, and what a stranger is told.
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Moderation.Domain.Staff;

namespace Moderation.IntegrationTests.Staff;

public sealed class SignInTests(App app) : IClassFixture<App>
{
    [Fact]
    public async Task A_right_password_gives_a_session_that_opens_staff_routes()
    {
        var member = (await app.StaffAsync(StaffRole.Analyst)).Member;

        using var answer = await app.Client()
            .PostAsJsonAsync("/v1/session", new { login = member.Login, password = App.Password });
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var token = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("token").GetString();
        using var whoami = await app.Client(token).GetAsync("/v1/session");

        whoami.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await whoami.Content.ReadAsStringAsync()).ShouldContain(member.Pseudonym);
    }

    [Fact]
    public async Task A_login_that_no_database_can_hold_is_the_callers_mistake()
    {
        using var answer = await app.Client()
            .PostAsJsonAsync("/v1/session", new { login = "a\0b", password = App.Password });

        await answer.ShouldBeProblemAsync(400, "request.malformed");
    }

    [Theory]
    [InlineData("wrong")]
    [InlineData("unknown")]
    public async Task A_wrong_password_and_an_unknown_login_get_the_same_answer(string which)
    {
        var member = (await app.StaffAsync(StaffRole.Analyst)).Member;
        var login = which == "unknown" ? "nobody-here" : member.Login;

        using var answer = await app.Client().PostAsJsonAsync("/v1/session", new { login, password = "wrong" });

        answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await CodeOfAsync(answer)).ShouldBe("staff.sign-in-failed");
    }

    [Fact]
    public async Task A_browser_session_comes_as_a_cookie_that_scripts_cannot_read_and_other_sites_cannot_use()
    {
        var member = (await app.StaffAsync(StaffRole.Analyst)).Member;

        using var answer = await app.Client()
            .PostAsJsonAsync(
                "/v1/session",
                new
                {
                    login = member.Login,
                    password = App.Password,
                    cookie = true,
                }
            );

        var cookie = answer.Headers.GetValues("Set-Cookie").Single();
        cookie.ShouldContain("httponly", Case.Insensitive);
        cookie.ShouldContain("samesite=strict", Case.Insensitive);
        (await answer.Content.ReadFromJsonAsync<JsonElement>())
            .GetProperty("token")
            .ValueKind.ShouldBe(JsonValueKind.Null);
        using var forged = new HttpRequestMessage(HttpMethod.Delete, new Uri(app.Address, "/v1/session"));
        forged.Headers.Add("Cookie", cookie.Split(';')[0]);
        forged.Headers.Add("Origin", "https://elsewhere.example");
        using var refused = await new HttpClient().SendAsync(forged);
        refused.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_disabled_member_is_out_at_the_next_request()
    {
        var login = await app.StaffAsync(StaffRole.Senior);
        await app.InDbAsync(async db =>
        {
            (await db.Staff.FindAsync(login.Member.Id))!.Disabled = true;
            await db.SaveChangesAsync();
        });

        using var answer = await login.Http.GetAsync("/v1/session");

        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await CodeOfAsync(answer)).ShouldBe("auth.required");
    }

    [Fact]
    public async Task An_unknown_member_in_a_body_is_refused_with_a_stable_code()
    {
        using var answer = await app.Client()
            .PostAsJsonAsync(
                "/v1/session",
                new
                {
                    login = "a",
                    password = "b",
                    pasword = "c",
                }
            );

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await CodeOfAsync(answer)).ShouldBe("request.malformed");
    }

    [Fact]
    public async Task Only_an_administrator_may_say_that_a_key_is_enrolled()
    {
        var analyst = await app.StaffAsync(StaffRole.Analyst);
        using var key = System.Security.Cryptography.ECDsa.Create(
            System.Security.Cryptography.ECCurve.NamedCurves.nistP256
        );
        var point = key.ExportParameters(false).Q;
        var cose = Evidence.CoseKey.From(Evidence.CoseAlgorithm.Esp256, [4, .. point.X!, .. point.Y!])!;
        var text = System.Buffers.Text.Base64Url.EncodeToString(cose.Encode());

        using var offered = await analyst.Http.PostAsJsonAsync("/v1/me/approval-keys", new { cose_key = text });
        var kid = System.Buffers.Text.Base64Url.EncodeToString(cose.Kid);
        using var selfMade = await analyst.Http.PostAsync($"/v1/approval-keys/{kid}:enrolled", null);
        var admin = await app.StaffAsync(StaffRole.Admin);
        using var enrolled = await admin.Http.PostAsync($"/v1/approval-keys/{kid}:enrolled", null);

        offered.StatusCode.ShouldBe(HttpStatusCode.OK);
        selfMade.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        enrolled.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        var mine = await analyst.Http.GetFromJsonAsync<JsonElement>("/v1/me/approval-keys");
        mine[0].GetProperty("state").GetString().ShouldBe("enrolled");
    }

    private static async Task<string?> CodeOfAsync(HttpResponseMessage answer)
    {
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString();
    }
}
