// Judges the project's own vectors with the verbs of the tool: every suite, the chunk edges, and what is to be refused.
using System.Text.Json;
using Moderation.Cli.Verbs;
using Moderation.Fuzz;
using Moderation.UnitTests.Cli;

namespace Moderation.UnitTests.Evidence;

public sealed class OwnVectorTests : IDisposable
{
    private static readonly string Folder = Path.Combine(Places.Top, "tests", "vectors", "evb1");
    private static readonly JsonElement Index = Read("index.json");
    private readonly Scratch scratch = new();

    public static TheoryData<string> Positive => Vectors.NamesOf(Index.GetProperty("positive"));

    public static TheoryData<string> Negative => Vectors.NamesOf(Index.GetProperty("negative"));

    [Theory]
    [MemberData(nameof(Positive))]
    public async Task A_good_bundle_opens_as_expected(string name)
    {
        var entry = Index.GetProperty("positive").Named(name);
        var expect = Read(entry.Text("details")).GetProperty("expect");

        var answer = await BundleVerbs.OpenAsync(Of(entry.Text("file")), Of("keys.json"), scratch["out"], Ct);

        answer.Refusal.ShouldBeNull();
        var json = JsonSerializer.SerializeToElement(answer.Json);
        foreach (var member in expect.EnumerateObject())
            JsonElement.DeepEquals(json.GetProperty(member.Name), member.Value).ShouldBeTrue(member.Name);
        (await BundleVerbs.VerifyAsync(Of(entry.Text("file")), Of("keys-public.json"), Ct)).Refusal.ShouldBeNull();
    }

    [Theory]
    [MemberData(nameof(Negative))]
    public async Task A_bad_bundle_is_refused_with_its_code(string name)
    {
        var entry = Index.GetProperty("negative").Named(name);

        var answer = await BundleVerbs.VerifyAsync(Of(entry.Text("file")), Of("keys.json"), Ct);

        answer.Refusal?.Code.ShouldBe(entry.Text("code"));
        answer.Refusal.ShouldNotBeNull();
    }

    public void Dispose() => scratch.Dispose();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static string Of(string path) => Path.Combine(Folder, path);

    private static JsonElement Read(string path) => JsonDocument.Parse(File.ReadAllBytes(Of(path))).RootElement;
}
