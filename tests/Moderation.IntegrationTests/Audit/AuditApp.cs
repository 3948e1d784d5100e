// What tests of the log over HTTP share: let it grow, and read what it says.
using Moderation.Evidence.Audit;

namespace Moderation.IntegrationTests.Audit;

public static class AuditApp
{
    public static NoteKey LogKey(this App app) =>
        NoteKey.Parse(File.ReadAllText(Path.Combine(app.KeysDir, "public", "log.pub"))).ShouldNotBeNull();

    public static async Task<Checkpoint?> NewestAsync(this App app)
    {
        using var answer = await app.Client().GetAsync("/v1/audit/checkpoint");
        return answer.IsSuccessStatusCode
            ? Checkpoint.Verify(await answer.Content.ReadAsStringAsync(), [app.LogKey()]).ShouldNotBeNull()
            : null;
    }

    /// <summary>Writes an event and waits for the checkpoint that covers it.</summary>
    public static async Task<Checkpoint> GrowAsync(this App app)
    {
        var id = await app.InDbAsync(async db =>
        {
            var said = db.Say("test.grown", new { }, app.Clock.GetUtcNow());
            await db.SaveChangesAsync();
            return said.Id;
        });
        for (var i = 0; i < 400; i++)
        {
            var index = await app.InDbAsync(db =>
                Task.FromResult(db.AuditLeaves.Where(l => l.EventId == id).Select(l => (long?)l.Index).FirstOrDefault())
            );
            if (index is { } at && await app.NewestAsync() is { } checkpoint && checkpoint.Size > (ulong)at)
                return checkpoint;
            await Task.Delay(25, TestContext.Current.CancellationToken);
        }
        throw new TimeoutException("The log did not take the event in.");
    }
}
