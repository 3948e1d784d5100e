// What the audit log needs of the database beyond tables: every event queues itself, and the log begins with all there are.
namespace Moderation.Migrations;

public static class AuditSql
{
    /// <summary>
    /// A trigger, so that no way of writing an event can go round the log: not a bulk copy, not a statement by hand. Once a
    /// statement, so that a batch costs one insert.
    /// </summary>
    public const string Up = """
        create function events_await_audit() returns trigger language plpgsql as $$
        begin
            insert into audit_waiting (event_id) select id from added;
            return null;
        end $$;
        create trigger events_await_audit after insert on events
            referencing new table as added for each statement execute function events_await_audit();
        insert into audit_waiting (event_id) select id from events;
        insert into audit_head (id, size, frontier, checkpoint_size, checkpoint_at) values (1, 0, '', 0, 'epoch');
        alter table audit_waiting set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
        """;

    public const string Down = """
        drop trigger events_await_audit on events;
        drop function events_await_audit();
        """;
}
