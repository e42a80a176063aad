-- Who may connect: members of the two groups, and nobody else. Nobody makes temporary tables.
DO $$
BEGIN
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO daybook_writer, daybook_reader', current_database());
END
$$;
