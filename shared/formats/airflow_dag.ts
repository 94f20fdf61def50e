/** The id of the DAG that loads files, defined in airflow/dags: consumer and runtime call it. */
export const DAG = "event_driven_real_time_etl";
