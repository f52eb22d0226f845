"""Events and chronicles, turned into sentences, timelines, pages and exports."""
